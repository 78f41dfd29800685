import { PROBLEMS, type ProblemCode } from "./problem.ts";

/** The pieces of an OpenAPI document that operations are written with. */

export type ResponseObject = {
  description: string;
  headers?: Record<string, { description: string; schema: Record<string, unknown> }>;
  content?: Record<
    string,
    { schema: Record<string, unknown>; examples?: Record<string, { value: unknown }> }
  >;
};

export type ParameterObject = {
  name: string;
  in: "query" | "path" | "header";
  required: boolean;
  description: string;
  schema: Record<string, unknown>;
};

export type OperationObject = {
  operationId: string;
  summary: string;
  description?: string;
  security?: Record<string, string[]>[];
  parameters?: ParameterObject[];
  requestBody?: { required: boolean; content: NonNullable<ResponseObject["content"]> };
  responses: Record<string, ResponseObject>;
};

/** Operations without this are open, or authenticate by their own parameters. */
export const CLIENT = [{ client: [] }];
export const COMMON = ["method_not_allowed", "internal_error"] as const;
export const AUTH = ["unauthorized", "too_many_failures", "unavailable"] as const;
/** What every JSON body can be refused for. */
export const BODY = [
  "invalid_json",
  "invalid_request",
  "body_too_large",
  "unsupported_media_type",
] as const satisfies readonly ProblemCode[];
/** What may be in the way of a new delivery. */
export const LIMITS = [
  "blocked",
  "country",
  "number_type",
  "recipient_limit",
  "prefix_limit",
  "client_limit",
  "spend_cap",
] as const satisfies readonly ProblemCode[];
export const EXAMPLE_ID = "0198c0de-0000-7000-8000-000000000000";

export function ref(schema: string): Record<string, unknown> {
  return { $ref: `#/components/schemas/${schema}` };
}

export function jsonContent(schema: string, example?: unknown): NonNullable<ResponseObject["content"]> {
  const examples = example === undefined ? {} : { examples: { answer: { value: example } } };
  return { "application/json": { schema: ref(schema), ...examples } };
}

export function pathParameter(name: string, description: string): ParameterObject {
  return { name, in: "path", required: true, description, schema: { type: "string" } };
}

export const DELIVERY_ID: ParameterObject = {
  name: "id",
  in: "path",
  required: true,
  description: "The id that the delivery was answered with",
  schema: { type: "string", format: "uuid" },
};

/** One response for each status, with an example for each of its codes. */
export function problems(...codes: ProblemCode[]): Record<string, ResponseObject> {
  const statuses = [...new Set(codes.map((code) => String(PROBLEMS[code][0])))];
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      problemsOf(
        status,
        codes.filter((c) => String(PROBLEMS[c][0]) === status),
      ),
    ]),
  );
}

function problemsOf(status: string, codes: readonly ProblemCode[]): ResponseObject {
  const examples = codes.map((code): [string, { value: unknown }] => {
    const [number, title] = PROBLEMS[code];
    const more = { detail: `${title}.`, instance: "urn:otpost:request:1-1" };
    return [code, { value: { type: `urn:otpost:problem:${code}`, title, status: number, code, ...more } }];
  });
  const retry = {
    "Retry-After": { description: "Seconds to wait.", schema: { type: "integer", minimum: 1 } },
  };
  return {
    description: codes.map((code) => PROBLEMS[code][1]).join("; "),
    ...(status === "429" || status === "503" ? { headers: retry } : {}),
    content: {
      "application/problem+json": { schema: ref("Problem"), examples: Object.fromEntries(examples) },
    },
  };
}
