import { policyJsonSchema } from "./json-schema.ts";
import type { Path } from "./document.ts";

type Schema = {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
};

/** The names that may stand at a place, out of the published schema. */
export function fieldsAt(path: Path): string[] {
  const root = JSON.parse(policyJsonSchema()) as Schema;
  const schema = path.reduce<Schema | undefined>((at, step) => below(at, step), root);
  return Object.keys(schema?.properties ?? {});
}

function below(schema: Schema | undefined, step: PropertyKey): Schema | undefined {
  const { properties, additionalProperties, items } = schema ?? {};
  const named = properties?.[String(step)];
  if (named) return named;
  return typeof additionalProperties === "object" ? additionalProperties : items;
}
