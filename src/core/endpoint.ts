/** How a client's endpoint fares, and when an event is tried again. Pure; instants are epoch ms. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Waits after the first, second, ... try; no more tries after the last. Source: standardwebhooks.com, 1.0.0. */
export const EVENT_WAITS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** A wait is made shorter by up to this share: never longer, for the record that it speaks of lives three days. */
const JITTER = 0.2;

/** So many failures in a row, and it is left alone for a moment: its timeouts must not fill the workers. */
const REST_AFTER = 5;
const REST_FIRST_MS = 5 * SECOND_MS;
/** Short, for nobody tells when it works again: only the next call does. */
const REST_MAX_MS = MINUTE_MS;
/** An endpoint may ask for patience, but not for longer than a try waits anyway. */
export const RETRY_AFTER_MAX_MS = DAY_MS;

/** Only failures for this long, and at least so many: nobody is there any more. */
const DISABLE_AFTER_MS = 5 * DAY_MS;
const DISABLE_FAILURES = 10;

/** How exactly the last success is known; each write for it would be one for every event. */
const TAKEN_GRAIN_MS = MINUTE_MS;

export type EndpointHealth = {
  /** In a row, since the last success. */
  failures: number;
  failingSince?: number;
  /** No call before this. */
  restUntil?: number;
  /** To the minute. */
  lastTakenAt?: number;
};

/** Why an endpoint gets nothing: an operator said so, it answered 410, or it has failed for days. */
export type DisabledWhy = "operator" | "gone" | "failing";

export const HEALTHY: EndpointHealth = { failures: 0 };

/** @returns the very same object where nothing worth a write changed */
export function afterTaken(health: EndpointHealth, at: number): EndpointHealth {
  const { failures, lastTakenAt = 0 } = health;
  return failures === 0 && at - lastTakenAt < TAKEN_GRAIN_MS ? health : { failures: 0, lastTakenAt: at };
}

/** @param retryAfterMs what the endpoint asked for with its answer */
export function afterFailure(
  health: EndpointHealth,
  at: number,
  retryAfterMs: number | undefined,
): EndpointHealth {
  const failures = health.failures + 1;
  const backoffMs =
    failures < REST_AFTER ? 0 : Math.min(REST_FIRST_MS * 2 ** (failures - REST_AFTER), REST_MAX_MS);
  const restMs = Math.max(backoffMs, Math.min(retryAfterMs ?? 0, RETRY_AFTER_MAX_MS));
  const { restUntil: _, ...rest } = health;
  return {
    ...rest,
    failures,
    failingSince: health.failingSince ?? at,
    ...(restMs > 0 ? { restUntil: at + restMs } : {}),
  };
}

/** ms until it may be called again; 0 = now. */
export function restMs({ restUntil = 0 }: EndpointHealth, now: number): number {
  return Math.max(0, restUntil - now);
}

/** Whether a single call at a time has to show that it is back. */
export function isDoubtful({ failures }: EndpointHealth): boolean {
  return failures >= REST_AFTER;
}

/** Whether it has failed for so long that it is switched off. */
export function isDead({ failures, failingSince }: EndpointHealth, now: number): boolean {
  return failingSince !== undefined && failures >= DISABLE_FAILURES && now - failingSince >= DISABLE_AFTER_MS;
}

/**
 * Wait before the next try of an event.
 * @param tries made so far, from 1
 * @param leastMs the endpoint's own rest
 * @param fraction uniform in [0, 1)
 * @returns whole ms; undefined when it has had its tries
 */
export function retryInMs(
  tries: number,
  waitsMs: readonly number[],
  leastMs: number,
  fraction: number,
): number | undefined {
  const waitMs = waitsMs[tries - 1];
  if (waitMs === undefined) return undefined;
  // Who waits for the same rest must not come back at the same instant.
  return Math.round(Math.max(waitMs * (1 - JITTER * fraction), leastMs * (1 + JITTER * fraction)));
}
