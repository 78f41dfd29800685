import { z } from "zod";
import { httpFileSchema } from "./schema.ts";

/** The published schema of a provider file, for editors: docs/schema/http-provider.schema.json. */
export function httpFileJsonSchema(): string {
  // What a person writes: defaults may be left out.
  return `${JSON.stringify(z.toJSONSchema(httpFileSchema, { io: "input", target: "draft-7" }), null, 2)}\n`;
}
