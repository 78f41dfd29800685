import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Configured, Environment } from "../../src/providers/provider.ts";
import { readerOf } from "../../src/providers/http/from-env.ts";
import { placesOf } from "../../src/providers/http/places.ts";
import { httpProvider } from "../../src/providers/http/provider.ts";
import { readHttpFile, readHttpFileIn } from "../../src/providers/http/read.ts";
import { templateOf } from "../../src/providers/http/template.ts";
import { ROOT } from "./readme.ts";

/** What the conformance suite needs of a provider that is a file. */
export type FileDefinition = {
  file: string;
  name: string;
  /** Environment names that it cannot do without, and those with a default. */
  needed: readonly string[];
  optional: readonly string[];
  configure: (env: Environment) => Configured;
};

export const SHIPPED_FILES = readdirSync(join(ROOT, "providers"))
  .filter((name) => name.endsWith(".json"))
  .map((name) => `providers/${name}`);

export function fileDefinition(file: string, text = readFileSync(join(ROOT, file), "utf8")): FileDefinition {
  const read = readHttpFile(text);
  if ("faults" in read) throw new Error(`${file}: ${read.faults.join("; ")}`);
  const references = placesOf(read.file)
    .flatMap((place) => [...templateOf(place.text)])
    .filter((part) => part.kind === "env");
  return {
    file,
    name: read.file.name,
    needed: references.filter((part) => part.fallback === undefined).map(({ name }) => name),
    optional: references.filter((part) => part.fallback !== undefined).map(({ name }) => name),
    configure: (env) => {
      const values = readerOf(env);
      const found = readHttpFileIn(text, values);
      return "faults" in found
        ? { kind: "faulty", faults: found.faults }
        : { kind: "ready", provider: httpProvider(found.file, values) };
    },
  };
}
