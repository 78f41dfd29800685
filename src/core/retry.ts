/**
 * Wait before retry `n` (1 = first) on the same route: full jitter in [0, cap), never less than what the
 * provider asked for. undefined when the caps are used up.
 * Source: AWS builders' library, timeouts, retries and backoff with jitter.
 * @param random uniform in [0, 1)
 */
export function retryDelayMs(
  n: number,
  capsMs: readonly number[],
  retryAfterMs: number | undefined,
  random: () => number,
): number | undefined {
  const capMs = capsMs[n - 1];
  if (capMs === undefined) return undefined;
  return Math.max(Math.floor(random() * capMs), retryAfterMs ?? 0);
}

/** Start of a wait clipped to the deadline: undefined when it could not start in time. */
export function startWithin(now: number, delayMs: number, latestStartAt: number): number | undefined {
  const startAt = now + Math.max(0, delayMs);
  return startAt <= latestStartAt ? startAt : undefined;
}
