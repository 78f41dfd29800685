import type { LookUp } from "../../core/outcome.ts";
import type { Provider, StatusQuery, StatusReading } from "../../flows/ports.ts";
import type { Caller, CallRequest } from "../call.ts";
import { messageId, parseJson } from "../said.ts";
import { costAt } from "./answer.ts";
import { reportOf } from "./mapping.ts";
import { holds, located, valueAt } from "./pointer.ts";
import type { BoundRequest } from "./request.ts";
import type { LookUpRules, StatusRules } from "./schema.ts";

/** Lists also hold texts of messages, so they are longer than an answer to a send. */
const BODY_MAX_BYTES = 262_144;

/** Recipient in both forms, as templates name it. */
function recipientValues(to: string) {
  return { to, toDigits: to.slice(1) };
}

/** The answer as JSON with its status; undefined when there is none that can be relied on. */
async function asked(
  { call }: Pick<Caller, "call">,
  request: CallRequest,
  signal: AbortSignal,
): Promise<{ document: unknown; status: number } | undefined> {
  const answer = await call({ ...request, maxBytes: BODY_MAX_BYTES }, signal);
  const document = answer.kind === "answer" ? parseJson(answer.body) : undefined;
  return answer.kind === "answer" && document !== undefined ? { document, status: answer.status } : undefined;
}

/** Finds a message by our reference. Absent is only said where the file proves it, for it means a second send. */
export function createLookUp(
  caller: Pick<Caller, "call">,
  rules: LookUpRules,
  request: BoundRequest,
): NonNullable<Provider["lookUp"]> {
  return async ({ to, reference }, signal) => {
    const answer = await asked(caller, request({ ...recipientValues(to), reference }), signal);
    return answer ? foundIn(answer, rules, reference) : { kind: "unreadable" };
  };
}

/** In this order: proof of absence, our record, the whole list without it; else nothing is known. */
function foundIn(
  { document, status }: { document: unknown; status: number },
  rules: LookUpRules,
  reference: string,
): LookUp {
  const { absent, list, pageSize } = rules;
  if (absent?.statuses.includes(status) && absent.where.every((one) => holds(document, one)))
    return { kind: "absent" };
  const records = status === 200 ? listOf(document, list) : undefined;
  if (!records) return { kind: "unreadable" };
  const ours = records.find((record) => valueAt(record, rules.reference) === reference);
  if (ours !== undefined) return found(ours, rules);
  const isWhole = list !== undefined && (pageSize === undefined || records.length < pageSize);
  return { kind: isWhole ? "absent" : "unreadable" };
}

/** A list of things that are no records says nothing about what is absent. */
function listOf(document: unknown, list: string | undefined): unknown[] | undefined {
  const records = list === undefined ? [document] : valueAt(document, list);
  const isList = Array.isArray(records) && records.every((one) => typeof one === "object" && one !== null);
  return isList ? records : undefined;
}

/** A record of ours without a usable id: later reports could not be led to it, so it is not taken as found. */
function found(record: unknown, rules: LookUpRules): LookUp {
  const providerMessageId = messageId(located(record, rules.id));
  if (providerMessageId === undefined) return { kind: "unreadable" };
  return { kind: "found", providerMessageId, cost: costAt(record, rules.cost) };
}

/** Asks for the state of an accepted message. */
export function createStatus(
  caller: Pick<Caller, "call">,
  rules: StatusRules,
  request: BoundRequest,
): NonNullable<Provider["status"]> {
  return async ({ to, reference, providerMessageId: id }, signal) => {
    const answer = await asked(caller, request({ ...recipientValues(to), reference, id }), signal);
    // Only with a body of its own: any gateway in between may say 404.
    if (answer?.status === 404) return { kind: "unknown" };
    if (answer?.status !== 200) return { kind: "unreadable" };
    return statusIn(answer.document, rules, { reference, providerMessageId: id });
  };
}

/** A record that does not name the message that was asked for is not believed. */
function statusIn(document: unknown, rules: StatusRules, query: Asked): StatusReading {
  const records = listOf(document, rules.list);
  const ours = records?.find((record) => isOurs(record, rules, query));
  if (ours !== undefined) {
    const report = reportOf(ours, rules);
    return report ? { kind: "known", report } : { kind: "unknown" };
  }
  return { kind: records && rules.list !== undefined ? "unknown" : "unreadable" };
}

type Asked = Pick<StatusQuery, "reference" | "providerMessageId">;

/** The id decides where the record has one; the reference is only asked without it. */
function isOurs(record: unknown, { id, reference }: StatusRules, query: Asked): boolean {
  const named = id === undefined ? undefined : messageId(valueAt(record, id));
  if (named !== undefined) return named === query.providerMessageId;
  return reference !== undefined && valueAt(record, reference) === query.reference;
}
