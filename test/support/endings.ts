import { eventually } from "./eventually.ts";
import type { ApiClient } from "./http-client.ts";
import type { TwinProcess } from "./twin-process.ts";

const OPEN = ["queued", "sending", "sent"];

/** How many deliveries ended in which state, once none is open any more. */
export async function allEnded(
  api: ApiClient,
  ids: readonly string[],
  timeoutMs: number,
): Promise<Record<string, number>> {
  const ended = new Map<string, string>();
  const lookAt = async (id: string): Promise<void> => {
    const { state } = await api.view(id);
    if (!OPEN.includes(state)) ended.set(id, state);
  };
  await eventually(
    async () => {
      const open = ids.filter((id) => !ended.has(id));
      for (let at = 0; at < open.length; at += 32) await Promise.all(open.slice(at, at + 32).map(lookAt));
      const left = ids.filter((id) => !ended.has(id));
      if (left.length === 0) return;
      const { timeline } = await api.view(left[0]!);
      throw new Error(`${left.length} of ${ids.length} are open, one of them: ${JSON.stringify(timeline)}`);
    },
    { timeoutMs, everyMs: 300 },
  );
  return countBy([...ended.values()]);
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** Waits until the provider has taken that many. */
export async function reachCount(twin: TwinProcess, target: number): Promise<void> {
  await eventually(
    async () => {
      const { accepted } = await twin.counts();
      if (accepted < target) throw new Error(`The twin took ${accepted} of ${target}`);
    },
    { timeoutMs: 30_000, everyMs: 20 },
  );
}
