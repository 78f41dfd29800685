import { z } from "zod";
import { ERROR_SHAPES } from "../behaviour.ts";

/**
 * How one account at seven really behaves, as `otpost doctor --live` measured it. Holds no number, key, text or
 * code. Documentation and clients leave these points open; see docs/doctor.md.
 */

const JSON_TYPES = ["string", "number", "boolean", "null", "array", "object"] as const;
const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/);
/** Fields of an object, and the types that each was seen with. */
export const fieldTypesSchema = z.record(name, z.array(z.enum(JSON_TYPES)).min(1));
export type FieldTypes = z.output<typeof fieldTypesSchema>;

/** The body of an accepting answer of `/api/sms`, and the entry of its recipient. */
export const answerFieldsSchema = z.strictObject({ top: fieldTypesSchema, message: fieldTypesSchema });
export type AnswerFields = z.output<typeof answerFieldsSchema>;

const ms = z.number().int().min(0).max(3_600_000);
const untested = z.strictObject({ kind: z.literal("untested") });
const absent = z.strictObject({ kind: z.literal("absent"), waitedMs: ms });

export const contractSchema = z.strictObject({
  version: z.literal(1),
  provider: z.literal("seven"),
  measuredAt: z.iso.datetime(),
  /** Version of otpost that measured it. */
  otpost: z.string().max(40),
  /** A sandbox key checks everything and sends nothing. */
  account: z.enum(["real", "sandbox"]),
  answer: z.strictObject({ tookMs: ms, fields: answerFieldsSchema }),
  /** Form in which a wrong key is refused; null where it was not told by a code. */
  badKey: z.enum(ERROR_SHAPES).nullable(),
  reloadLock: z.discriminatedUnion("kind", [
    untested,
    z.strictObject({ kind: z.literal("none") }),
    z.strictObject({
      kind: z.literal("locks"),
      shape: z.enum(ERROR_SHAPES),
      /** It still held then. */
      atLeastMs: ms,
      /** It did not any longer; null where its end was not waited for. */
      atMostMs: ms.nullable(),
    }),
  ]),
  journal: z.discriminatedUnion("kind", [
    untested,
    absent,
    z.strictObject({
      kind: z.literal("seen"),
      /** After the accept: not there yet, and there. */
      atLeastMs: ms,
      atMostMs: ms,
      foreignId: z.boolean(),
      fields: fieldTypesSchema,
    }),
  ]),
  reports: z.discriminatedUnion("kind", [
    untested,
    absent,
    z.strictObject({
      kind: z.literal("seen"),
      firstMs: ms,
      foreignId: z.boolean(),
      statuses: z.array(z.string().regex(/^[A-Za-z0-9_]{1,40}$/)),
    }),
  ]),
  signing: z.discriminatedUnion("kind", [
    untested,
    z.strictObject({ kind: z.literal("tested"), taken: z.boolean(), wrongIsRefused: z.boolean() }),
  ]),
  /** Headers of the answer that speak of rates and queues. */
  rateHints: z.record(name, z.number()),
});
export type Contract = z.output<typeof contractSchema>;

export class ContractFault extends Error {
  override readonly name = "ContractFault";
}

/** @throws ContractFault that names the fields which are wrong */
export function parseContract(text: string, path: string): Contract {
  const parsed = contractSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new ContractFault(
    `${path} is no contract of this version (make one: otpost doctor --live):\n${z.prettifyError(parsed.error)}`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
