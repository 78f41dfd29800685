import { z } from "zod";
import type { Cost } from "../core/outcome.ts";
import type { Caller } from "./call.ts";
import { parseJson } from "./said.ts";

export const BALANCE_PATH = "/api/balance";
/** Beyond this it is no credit of anybody's, but an answer that was misread. */
const AMOUNT_MAX = 100_000_000;

/** A bad key comes as 200 and `900`, which is a number as well: only the object counts. */
const answerSchema = z.object({
  amount: z.number().min(-AMOUNT_MAX).max(AMOUNT_MAX),
  currency: z.string().regex(/^[A-Z]{3}$/),
});

/** The account's credit. Source: docs.seven.io, balance. */
export async function readSevenBalance(
  { call }: Pick<Caller, "call">,
  headersFor: (path: string) => Record<string, string>,
  signal: AbortSignal,
): Promise<Cost | undefined> {
  const answer = await call({ method: "GET", path: BALANCE_PATH, headers: headersFor(BALANCE_PATH) }, signal);
  if (answer.kind !== "answer" || answer.status !== 200) return undefined;
  return balanceIn(answer.body);
}

export function balanceIn(body: string): Cost | undefined {
  const read = answerSchema.safeParse(parseJson(body));
  if (!read.success) return undefined;
  return { micros: Math.round(read.data.amount * 1_000_000), currency: read.data.currency };
}
