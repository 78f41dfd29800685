import { readFile } from "node:fs/promises";
import { z } from "zod";
import { type Arrival, hashOf } from "./arrivals.ts";

const entrySchema = z.object({
  n: z.number().int(),
  who: z.string(),
  via: z.enum(["otpost", "direct"]),
  /** Digits without a plus, as the twins write them. */
  recipient: z.string(),
  textHash: z.string(),
  codeHash: z.string(),
  /** Epoch ms; the instant of the schedule, not of the call. */
  intendedAt: z.number(),
  /** When the load did send it: later than intended where the load itself was held up. */
  sentAt: z.number(),
  answeredAt: z.number(),
  /** `unknown`: no answer, or one after which the code may still be sent. */
  outcome: z.enum(["acked", "refused", "unknown"]),
  status: z.number().optional(),
  problem: z.string().optional(),
  id: z.string().optional(),
  expiresAt: z.number(),
});

/** One request and its answer, as the load's own ledger has it. */
export type LoadEntry = z.output<typeof entrySchema>;
export type Answer = { status?: number | undefined; problem?: string | undefined; id?: string | undefined };

/**
 * A 503 `unavailable` comes when storing was tried and not confirmed, so the record may be there; other
 * statuses from 500 on say just as little. Everything else below 500 was decided before anything was stored.
 */
export function outcomeOf({ status, problem }: Answer): LoadEntry["outcome"] {
  if (status === undefined) return "unknown";
  if (status >= 200 && status < 300) return "acked";
  if (status < 500) return "refused";
  return status === 503 && problem !== "unavailable" ? "refused" : "unknown";
}

export function loadEntry(
  n: number,
  arrival: Arrival,
  answer: Answer & { intendedAt: number; sentAt: number; answeredAt: number; expiresAt?: number | undefined },
): LoadEntry {
  const { who, via, to, text, code, validForMs } = arrival;
  return {
    n,
    who,
    via,
    recipient: to.replace(/^\+/, ""),
    textHash: hashOf(text),
    codeHash: hashOf(code),
    ...answer,
    expiresAt: answer.expiresAt ?? answer.intendedAt + validForMs,
    outcome: outcomeOf(answer),
  };
}

/** @throws on a line that is no entry: a ledger with a hole is no evidence */
export async function readLoadLedger(file: string): Promise<LoadEntry[]> {
  const text = await readFile(file, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => entrySchema.parse(JSON.parse(line)));
}
