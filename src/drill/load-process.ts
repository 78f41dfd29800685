import { createWriteStream, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Arrival } from "./arrivals.ts";
import { createAsker, targetsSchema } from "./ask.ts";
import { type LoadEntry, loadEntry } from "./load-entry.ts";

/**
 * The load, a process of its own: an open loop, so each request leaves when the schedule says so, however
 * slow the service is, and is timed from that instant on.
 */

const jobSchema = z.object({
  /** JSON: the list of arrivals. */
  plan: z.string(),
  ledger: z.string(),
  /** Epoch ms of the schedule's zero. */
  startAt: z.number(),
  ...targetsSchema.shape,
});
export type LoadJob = z.output<typeof jobSchema>;
export type LoadCounts = Record<LoadEntry["outcome"] | "asked", number>;

/** Longer than any answer a person at a login page would wait for. */
const PATIENCE_MS = 30_000;
const TELL_EVERY_MS = 500;

async function run(job: LoadJob): Promise<void> {
  const arrivals = JSON.parse(readFileSync(job.plan, "utf8")) as Arrival[];
  const ledger = createWriteStream(job.ledger, { mode: 0o600 });
  const counts: LoadCounts = { asked: 0, acked: 0, refused: 0, unknown: 0 };
  const tell = setInterval(() => process.send?.(counts), TELL_EVERY_MS);
  const running = new Set<Promise<void>>();
  const { ask } = createAsker(job, PATIENCE_MS);
  // Nothing in this loop waits for an answer.
  for (const [n, arrival] of arrivals.entries()) {
    const intendedAt = job.startAt + arrival.atMs;
    if (intendedAt > Date.now()) await sleep(intendedAt - Date.now());
    counts.asked += 1;
    const sentAt = Date.now();
    const one = ask(arrival).then((answer) => {
      const entry = loadEntry(n, arrival, { intendedAt, sentAt, answeredAt: Date.now(), ...answer });
      counts[entry.outcome] += 1;
      ledger.write(`${JSON.stringify(entry)}\n`);
      running.delete(one);
    });
    running.add(one);
  }
  await Promise.all(running);
  clearInterval(tell);
  await new Promise<void>((resolve) => ledger.end(resolve));
  // Exits by name: the open connections would keep the process for a while.
  process.send?.(counts, () => process.exit(0));
}

process.once("message", (message) => void run(jobSchema.parse(message)));
// The tether let go of the channel, which is all that keeps this process alive until its job comes.
process.channel?.ref();
// The schedule begins after this, so that the start of this process delays nothing.
process.send?.({ asked: 0, acked: 0, refused: 0, unknown: 0 } satisfies LoadCounts);
