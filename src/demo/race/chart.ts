/** Charts of one line. Pure. */

const LEVELS = "▁▂▃▄▅▆▇█";

/** @param share in [0, 1] */
export function bar(share: number, width: number): string {
  const full = Math.floor(Math.min(1, Math.max(0, share)) * width);
  return "█".repeat(full) + "░".repeat(width - full);
}

/** How many instants fall into each slice of [0, toMs). @param instants ms */
export function perSlice(instants: readonly number[], toMs: number, slices: number): number[] {
  const counts = Array<number>(slices).fill(0);
  for (const at of instants) {
    const index = Math.min(slices - 1, Math.max(0, Math.floor((at / toMs) * slices)));
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

/** @param most height of the tallest sign, so that two lines can be compared */
export function sparkline(counts: readonly number[], most: number): string {
  const level = (count: number) => Math.ceil((count / Math.max(1, most)) * (LEVELS.length - 1));
  return counts.map((count) => LEVELS[level(count)] ?? "").join("");
}
