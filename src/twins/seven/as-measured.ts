import type { ErrorShape } from "../behaviour.ts";
import type { FaultPatch } from "../faults.ts";
import type { AnswerFields, Contract, FieldTypes } from "./contract.ts";

/** The part of an account's settings that a contract decides. */
export type MeasuredAccount = { foreignIdInReports?: boolean; badKeyShape?: ErrorShape };

/** What was not measured keeps the twin's own value. Where a span was measured, the worse end counts. */
export function measuredFaults({ answer, reloadLock, journal, account }: Contract): FaultPatch {
  return {
    latencyMs: answer.tookMs,
    // A sandbox key gets no ids, which says nothing of the real account.
    ...(account === "real" ? { answer: answer.fields } : {}),
    ...(reloadLock.kind === "none" ? { reloadLock: false } : {}),
    ...(reloadLock.kind === "locks" ? lockFaults(reloadLock) : {}),
    ...(journal.kind === "seen"
      ? { journalLagMs: journal.atMostMs, journalForeignId: journal.foreignId }
      : {}),
  };
}

function lockFaults(lock: Contract["reloadLock"] & { kind: "locks" }): FaultPatch {
  const lasts = lock.atMostMs === null ? {} : { reloadLockMs: lock.atMostMs };
  return { reloadLock: true, errorShape: lock.shape, ...lasts };
}

export function measuredAccount({ reports, badKey }: Contract): MeasuredAccount {
  return {
    ...(reports.kind === "seen" ? { foreignIdInReports: reports.foreignId } : {}),
    ...(badKey === null ? {} : { badKeyShape: badKey }),
  };
}

/** An accepting answer with the fields and types that were seen, no others. */
export function withFields<Body extends { messages: readonly object[] }>(
  body: Body,
  fields: AnswerFields | undefined,
): object {
  if (fields === undefined) return body;
  const messages = body.messages.map((message) => shaped(message, fields.message));
  return shaped({ ...body, messages }, fields.top);
}

function shaped(object: object, types: FieldTypes): object {
  const known = new Map<string, unknown>(Object.entries(object));
  return Object.fromEntries(
    Object.entries(types).map(([name, wanted]) => [name, typed(known.get(name) ?? null, wanted)]),
  );
}

/** Values whose type was seen stay; ids and codes turn from text to number and back. */
function typed(value: unknown, wanted: FieldTypes[string]): unknown {
  if (wanted.includes(typeOf(value))) return value;
  if (wanted.includes("number") && typeof value === "string" && /^\d+(\.\d+)?$/.test(value))
    return Number(value);
  if (wanted.includes("string") && (typeof value === "number" || typeof value === "boolean"))
    return String(value);
  return wanted.includes("null") ? null : value;
}

function typeOf(value: unknown): FieldTypes[string][number] {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  const type = typeof value;
  return type === "string" || type === "number" || type === "boolean" ? type : "object";
}
