import { z } from "zod";
import { deliveryRequestSchema } from "./delivery-request.ts";
import { operations } from "./openapi-operations.ts";
import { webhooks } from "./openapi-webhooks.ts";
import type { OperationObject } from "./openapi-parts.ts";
import { numberOutcomeRequestSchema, outcomeRequestSchema } from "./outcome.ts";
import { refusalsRequestSchema } from "./refusals.ts";
import {
  acceptedSchema,
  cancelledSchema,
  deliverySchema,
  eventSchema,
  playsmsAnswerSchema,
  playsmsErrorSchema,
  problemSchema,
  readinessSchema,
  refusalsSchema,
  resentSchema,
  testEventSchema,
  toldSchema,
} from "./view-schema.ts";

export type JsonSchema = Record<string, unknown>;

/** The parts of an OpenAPI 3.1 document that we write and that docs.tsx reads. */
export type OpenApiDocument = {
  openapi: "3.1.0";
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, OperationObject>>;
  /** What we call: the events of deliveries. */
  webhooks: Record<string, { post: OperationObject }>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, unknown> };
};

const SCHEMAS = {
  DeliveryRequest: deliveryRequestSchema,
  Accepted: acceptedSchema,
  Delivery: deliverySchema,
  OutcomeRequest: outcomeRequestSchema,
  NumberOutcomeRequest: numberOutcomeRequestSchema,
  Event: eventSchema,
  TestEvent: testEventSchema,
  Told: toldSchema,
  Resent: resentSchema,
  Cancelled: cancelledSchema,
  RefusalsRequest: refusalsRequestSchema,
  Refusals: refusalsSchema,
  Problem: problemSchema,
  Readiness: readinessSchema,
  PlaysmsAnswer: playsmsAnswerSchema,
  PlaysmsError: playsmsErrorSchema,
} as const;

/** The document, built from the schemas that validate. Built once: it depends on the version alone. */
export function createOpenApi(options: { version: string; publicUrl: string | undefined }): OpenApiDocument {
  return {
    openapi: "3.1.0",
    info: {
      title: "otpost",
      version: options.version,
      description:
        "Brings one-time codes to people. A 202 means that the code is stored and will be sent within its life, or that its timeline says why not.",
    },
    servers: [{ url: options.publicUrl ?? "/" }],
    paths: operations(),
    webhooks: webhooks(),
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        client: { type: "http", scheme: "bearer", description: "A key of the form <client id>.<secret>." },
      },
    },
  };
}

function componentSchemas(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: "input", uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, completed(id, schema)]));
}

/** `$id` would give every reference inside another base; the either-or of code and text zod checks in code. */
function completed(id: string, { $schema: _schema, $id: _id, ...schema }: JsonSchema): JsonSchema {
  return id === "DeliveryRequest"
    ? { ...schema, oneOf: [{ required: ["code"] }, { required: ["text"] }] }
    : schema;
}
