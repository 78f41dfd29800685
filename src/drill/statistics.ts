/** Nearest rank, so every value shown was measured. @param share in (0, 1] @returns undefined for an empty list */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

/** @returns undefined where there is nothing to have a share of */
export function shareOf(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

/** How many instants fall into each whole window of [fromAt, toAt); a rest shorter than a window is left out. */
export function perWindow(
  instants: readonly number[],
  { fromAt, toAt, windowMs }: { fromAt: number; toAt: number; windowMs: number },
): number[] {
  const counts = Array<number>(Math.max(0, Math.floor((toAt - fromAt) / windowMs))).fill(0);
  for (const at of instants) {
    const index = Math.floor((at - fromAt) / windowMs);
    const before = counts[index];
    if (at >= fromAt && before !== undefined) counts[index] = before + 1;
  }
  return counts;
}

/** The most instants that any window of this length holds, wherever it starts; its end does not belong to it. */
export function mostInAny(instants: readonly number[], windowMs: number): number {
  const sorted = instants.toSorted((a, b) => a - b);
  let most = 0;
  let first = 0;
  for (const [last, at] of sorted.entries()) {
    while ((sorted[first] ?? at) <= at - windowMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
