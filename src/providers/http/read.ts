import type { z } from "zod";
import { environmentFaults, fileFaults } from "./check.ts";
import { escaped } from "./places.ts";
import { type HttpFile, httpFileSchema } from "./schema.ts";
import type { ReadEnv } from "./template.ts";

export type ReadFile = { file: HttpFile } | { faults: string[] };

/** A file of another kind has a fault in every field; nobody reads more than these. */
const FAULTS_MAX = 20;

/** Reads a provider file. Faults are one sentence each, beginning with the place as a JSON pointer. */
export function readHttpFile(text: string): ReadFile {
  const json = parsed(text);
  if ("fault" in json) return { faults: [json.fault] };
  const shape = httpFileSchema.safeParse(json.value);
  if (!shape.success) return { faults: shape.error.issues.slice(0, FAULTS_MAX).map(sentence) };
  const faults = fileFaults(shape.data);
  return faults.length > 0 ? { faults } : { file: shape.data };
}

/** The same, and everything that it needs of the environment is there and fit for use. */
export function readHttpFileIn(text: string, env: ReadEnv): ReadFile {
  const read = readHttpFile(text);
  if ("faults" in read) return read;
  const faults = environmentFaults(read.file, env);
  return faults.length > 0 ? { faults } : read;
}

/** The parser's message quotes the text around the fault, so only the position is passed on. */
function parsed(text: string): { value: unknown } | { fault: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const [, line] = /line (\d+)/.exec(error instanceof Error ? error.message : "") ?? [];
    return { fault: `/: is not JSON${line === undefined ? "" : ` (line ${line})`}` };
  }
}

/** zod's own message for an unknown field does not name its place. */
function sentence({ path, message, code, ...rest }: z.core.$ZodIssue): string {
  const at = path.map((step) => `/${escaped(String(step))}`).join("");
  const unknown = code === "unrecognized_keys" && "keys" in rest ? rest.keys.join(", ") : undefined;
  return `${at || "/"}: ${unknown === undefined ? message : `there is no field ${unknown}`}`;
}
