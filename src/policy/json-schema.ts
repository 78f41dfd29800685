import { z } from "zod";
import { policyFileSchema } from "./schema.ts";

/** The published schema of the policy file, for editors: docs/schema/policy.schema.json. */
export function policyJsonSchema(): string {
  // What a person writes: defaults may be left out.
  return `${JSON.stringify(z.toJSONSchema(policyFileSchema, { io: "input", target: "draft-7" }), null, 2)}\n`;
}
