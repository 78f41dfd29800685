import type { CallResult, Caller } from "./call.ts";
import type { AccountProbe } from "./provider.ts";
import { BALANCE_PATH, balanceIn } from "./seven-balance.ts";
import { readSevenAnswer } from "./seven-answer.ts";

/** The balance costs nothing and asks for the key alone. Source: docs.seven.io, balance. */
export async function probeSeven(
  { call }: Pick<Caller, "call">,
  headersFor: (path: string) => Record<string, string>,
  signal: AbortSignal,
): Promise<AccountProbe> {
  const result = await call({ method: "GET", path: BALANCE_PATH, headers: headersFor(BALANCE_PATH) }, signal);
  if (result.kind !== "answer") return { kind: "unreachable", why: whyUnreachable(result) };
  const at = timeOf(result.header("date"));
  const balance = result.status === 200 ? balanceIn(result.body) : undefined;
  if (balance) return { kind: "works", balance, at };
  const outcome = readSevenAnswer(result.body);
  if (outcome?.kind !== "refused") return { kind: "unreachable", why: `HTTP ${result.status}` };
  const { reason, providerCode } = outcome;
  return { kind: "refused", reason, providerCode, at };
}

/** Words for a person; none of them holds the address or what was sent. */
export function whyUnreachable(result: Exclude<CallResult, { kind: "answer" }>): string {
  return result.kind === "unsent" ? result.why : result.cause;
}

/** Source: RFC 9110, 6.6.1: whole seconds. */
export function timeOf(date: string | undefined): number | undefined {
  const at = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(at) ? undefined : at;
}
