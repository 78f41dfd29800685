import { z } from "zod";
import type { CallResult } from "./call.ts";
import type { AccountProbe } from "./provider.ts";
import { parseJson } from "./said.ts";
import { timeOf, whyUnreachable } from "./seven-account.ts";
import { readTelegramAnswer } from "./telegram-gateway-answer.ts";

const answerSchema = z.object({ ok: z.boolean(), error: z.string().optional() });

/**
 * What an answer about a message that does not exist tells of the token: a wrong one is refused before anything
 * else is looked at. The balance is not told for free. Source: core.telegram.org/gateway/api.
 */
export function probed(result: CallResult): AccountProbe {
  if (result.kind !== "answer") return { kind: "unreachable", why: whyUnreachable(result) };
  const at = timeOf(result.header("date"));
  const read = answerSchema.safeParse(parseJson(result.body));
  if (!read.success) return { kind: "unreachable", why: `HTTP ${result.status}` };
  const outcome = read.data.ok ? undefined : readTelegramAnswer(result.body);
  const isAccount = outcome?.kind === "refused" && outcome.reason.startsWith("account_");
  if (!isAccount) return { kind: "works", balance: undefined, at };
  return { kind: "refused", reason: outcome.reason, providerCode: outcome.providerCode, at };
}
