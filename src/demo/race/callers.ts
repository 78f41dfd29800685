import { setTimeout as sleep } from "node:timers/promises";
import type { Arrival } from "../../drill/arrivals.ts";
import type { Asker } from "../../drill/ask.ts";
import { type LoadEntry, loadEntry } from "../../drill/load-entry.ts";
import type { Call } from "./score.ts";

/** The login pages of both sides. Each calls when its time has come, however many others still hang. */
export type Callers = {
  calls: readonly Call[];
  /** The same calls as a ledger, once answered. */
  asked: readonly LoadEntry[];
  /** Ends what still hangs; its answer counts as unknown. */
  stop: () => Promise<void>;
};

/** @param startAt epoch ms of the schedule's zero */
export function startCallers(arrivals: readonly Arrival[], startAt: number, asker: Asker): Callers {
  const calls: Call[] = [];
  const asked: LoadEntry[] = [];
  const running: Promise<void>[] = [];
  const over = new AbortController();
  const come = async (n: number, arrival: Arrival) => {
    const intendedAt = startAt + arrival.atMs;
    const call: Call = { side: arrival.via, recipient: arrival.to.replace(/^\+/, ""), intendedAt };
    calls.push(call);
    const sentAt = Date.now();
    const answer = await asker.ask(arrival);
    const entry = loadEntry(n, arrival, { intendedAt, sentAt, answeredAt: Date.now(), ...answer });
    asked.push(entry);
    Object.assign(call, { answeredAt: entry.answeredAt, outcome: entry.outcome });
  };
  const schedule = (async () => {
    for (const [n, arrival] of arrivals.entries()) {
      const waitMs = startAt + arrival.atMs - Date.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: over.signal }).catch(() => undefined);
      if (over.signal.aborted) return;
      running.push(come(n, arrival));
    }
  })();
  const stop = async () => {
    over.abort();
    await schedule;
    await asker.close();
    await Promise.all(running);
  };
  return { calls, asked, stop };
}
