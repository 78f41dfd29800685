/** Arithmetic of the figures. Pure. */

export type Figures = Record<string, number>;
/** One variant over all runs: what each run measured, and the median of each figure. */
export type Series = { runs: Figures[]; median: Figures };

/** @throws on an empty list, of which nothing can be said */
export function median(values: readonly number[]): number {
  const sorted = sortedCopy(values);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  const lower = sorted.length % 2 === 0 ? sorted[middle - 1] : upper;
  if (upper === undefined || lower === undefined) throw new Error("There is no median of nothing");
  return (lower + upper) / 2;
}

/** Nearest rank. @param share in (0, 1] @throws on an empty list */
export function percentile(values: readonly number[], share: number): number {
  const found = sortedCopy(values)[Math.max(0, Math.ceil(values.length * share) - 1)];
  if (found === undefined) throw new Error("There is no percentile of nothing");
  return found;
}

function sortedCopy(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

/** Every run must have measured the same figures. */
export function series(runs: readonly Figures[]): Series {
  const names = Object.keys(runs[0] ?? {});
  const column = (name: string) => runs.map((run) => figureOf(run, name));
  return { runs: [...runs], median: Object.fromEntries(names.map((n) => [n, rounded(median(column(n)))])) };
}

/**
 * Ratio of one variant to another in each run, and the median of these ratios. Both sides of a run were
 * measured within seconds of each other, so a machine that slows down between runs does not move it.
 */
export function ratios(of: Series, to: Series, figure: string): { runs: number[]; median: number } {
  const runs = of.runs.map((run, index) =>
    rounded(figureOf(run, figure) / figureOf(to.runs[index] ?? {}, figure)),
  );
  return { runs, median: rounded(median(runs)) };
}

function figureOf(run: Figures, name: string): number {
  const value = run[name];
  if (value === undefined) throw new Error(`A run lacks the figure ${name}`);
  return value;
}

/** Four significant digits: more would be noise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
