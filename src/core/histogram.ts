/** Latencies as counts between fixed edges, so that any two windows add up and quantiles come from sums. */

export type Quantiles = { p50Ms: number; p95Ms: number };

/** @param edges upper ones, ascending @returns the number of a bucket; what is longer is in one more */
export function bucketOf(edges: readonly number[], ms: number): number {
  const index = edges.findIndex((edge) => ms <= edge);
  return index === -1 ? edges.length : index;
}

/** @returns undefined where nothing was counted */
export function quantilesOf(
  edges: readonly number[],
  count: (bucket: number) => number,
): Quantiles | undefined {
  const counts = Array.from({ length: edges.length + 1 }, (_, i) => count(i));
  const all = counts.reduce((sum, n) => sum + n, 0);
  if (all === 0) return undefined;
  return { p50Ms: quantile(edges, counts, all * 0.5), p95Ms: quantile(edges, counts, all * 0.95) };
}

/** Evenly within a bucket; the last bucket has no upper edge and counts as its lower one. */
function quantile(edges: readonly number[], counts: readonly number[], rank: number): number {
  let below = 0;
  for (const [index, n] of counts.entries()) {
    const [from, to] = [edges[index - 1] ?? 0, edges[index]];
    if (n > 0 && below + n >= rank) {
      return Math.round(from + ((to ?? from) - from) * ((rank - below) / n));
    }
    below += n;
  }
  return edges.at(-1) ?? 0;
}
