import { z } from "zod";
import { ApiError } from "./problem.ts";

/** One sentence for each field of a body. zod's own messages may quote what was sent. */
export type FieldRules<T> = Record<keyof T, string>;

/**
 * A body in the form of its schema, or the first reason why it is refused.
 * @throws ApiError invalid_request
 */
export function parseRequest<T>(schema: z.ZodType<T>, rules: FieldRules<T>, body: unknown): T {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw invalid(read.error.issues[0], rules);
}

/** Only the first fault is told: callers mend one thing at a time, and one sentence stays one sentence. */
function invalid(issue: z.core.$ZodIssue | undefined, rules: Record<string, string>): ApiError {
  if (issue?.code === "unrecognized_keys") return unknownField(issue.keys[0] ?? "");
  const field = issue?.path[0];
  if (typeof field === "string" && Object.hasOwn(rules, field)) {
    return new ApiError("invalid_request", rules[field] ?? "", { field });
  }
  return new ApiError("invalid_request", "The body must be a JSON object.");
}

/** A name is repeated only where it cannot be a code or a number itself. */
function unknownField(name: string): ApiError {
  const field = /^[A-Za-z_]{1,40}$/.test(name) ? name : undefined;
  const detail = field === undefined ? "The body has an unknown field." : `The field ${field} is not known.`;
  return new ApiError("invalid_request", detail, { field });
}
