import { setTimeout as sleep } from "node:timers/promises";
import type { LoadEntry } from "./load-entry.ts";

const ROUND_MS = 1_000;
const AT_ONCE = 16;
/** Asked about in each round; all only once these have ended, for asking about many thousand is a load of its own. */
const PROBES = 100;
const OPEN = new Set(["queued", "sending", "sent"]);

type StateOf = (id: string) => Promise<string | undefined>;

/**
 * Waits until every acked delivery has ended or the time is over, then asks for all of them.
 * @param stateOf undefined for a delivery that the service does not know, which is final
 * @param tell gets the number of those that may not have ended yet
 * @returns the last state of each; one that is not known is absent
 */
export async function settleStates(
  asked: readonly LoadEntry[],
  stateOf: StateOf,
  forMs: number,
  tell: (open: number) => void,
): Promise<Map<string, string>> {
  const acked = asked.flatMap(({ id, outcome }) => (outcome === "acked" && id !== undefined ? [id] : []));
  const states = new Map<string, string>();
  const endAt = performance.now() + forMs;
  const isOver = () => performance.now() >= endAt;
  let open = [...new Set(acked)];
  for (;;) {
    tell(open.length);
    // The last ones asked for are the last to end.
    const probes = await askAll(open.slice(-PROBES), stateOf, states);
    if (probes.length === 0 || isOver()) open = await askAll(open, stateOf, states);
    if (open.length === 0 || isOver()) return states;
    await sleep(ROUND_MS);
  }
}

/** Writes down what it hears. @returns those that are still open */
async function askAll(
  ids: readonly string[],
  stateOf: StateOf,
  states: Map<string, string>,
): Promise<string[]> {
  const open: string[] = [];
  await inTurns(ids, async (id) => {
    const state = await stateOf(id);
    if (state !== undefined) states.set(id, state);
    if (state !== undefined && OPEN.has(state)) open.push(id);
  });
  // In the order of asking, not of answers.
  const isOpen = new Set(open);
  return ids.filter((id) => isOpen.has(id));
}

async function inTurns<T>(list: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  const turn = async () => {
    while (next < list.length) {
      const one = list[next++];
      if (one !== undefined) await work(one);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, turn));
}
