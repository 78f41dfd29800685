/**
 * The circuit breaker of a route or an account as a reducer: state, what was observed, now. All workers share
 * the state through the store; nothing here waits or counts by itself.
 */

/** What calls showed since the last look, summed over a process. */
export type Observed = {
  calls: number;
  /** Provider faults: no connection, no answer, 5xx. A refused recipient is not one. */
  failures: number;
  /** Calls slower than the limit, whatever they ended as. */
  slow: number;
  /** Failures since the last success, in the order of this process. */
  failuresInARow: number;
  /** Failures that leave no doubt: nothing was taken. */
  sure: number;
};

type Bucket = { at: number; calls: number; failures: number; slow: number };

export type OpenReason = "failures_in_a_row" | "failure_share" | "slow" | "account_fault" | "probe_failed";

export type Circuit =
  | { kind: "closed"; buckets: Bucket[]; inARow: number }
  | {
      kind: "open";
      since: number;
      why: OpenReason;
      probeAt: number;
      /** Of the calls since then, the last in a row that had been taken after all (above 0) or not (below 0). */
      taken?: number | undefined;
    }
  /** Traffic returns step by step; a failure opens it again. */
  | {
      kind: "returning";
      since: number;
      inARow: number;
      /** It was open for its slowness alone. */
      wasSlow?: boolean | undefined;
    };

export const CLOSED: Circuit = { kind: "closed", buckets: [], inARow: 0 };

export type CircuitRules = {
  inARow: number;
  failureShare: number;
  minCalls: number;
  windowMs: number;
  /** Share of slow calls that opens it: 5 % above the limit means that p95 is above it. */
  slowShare: number;
  slowMs: number;
  /** One probe per this while open. */
  probeEveryMs: number;
  /** From the first good probe to full traffic. */
  returnMs: number;
};

/** Source: our own decision, after the breakers of other delivery services. */
export const CIRCUIT_RULES: CircuitRules = {
  inARow: 5,
  failureShare: 0.5,
  minCalls: 20,
  windowMs: 30_000,
  slowShare: 0.05,
  slowMs: 5_000,
  probeEveryMs: 10_000,
  returnMs: 30_000,
};

const BUCKET_MS = 3_000;
/** Calls without an answer that were found in the provider's record: it takes messages, only slowly. */
const SLOW_AFTER = 2;
/** Calls in a row that took nothing: it is no longer only slow. */
const DEAD_AFTER = 3;

/** The circuit after some calls were observed. */
export function observe(circuit: Circuit, seen: Observed, now: number, rules: CircuitRules): Circuit {
  switch (circuit.kind) {
    case "open":
      // Calls that were under way when it opened tell nothing new, but for those that surely took nothing.
      return seen.sure > 0 ? weighed(circuit, Math.min(0, circuit.taken ?? 0) - seen.sure) : circuit;
    case "returning":
      return afterReturn(circuit, seen, now, rules);
    case "closed":
      return whileClosed(circuit, seen, now, rules);
  }
}

/** An account fault needs no second witness: every route of the account stops at once. */
export function openAtOnce(circuit: Circuit, now: number, rules: CircuitRules): Circuit {
  return circuit.kind === "open" ? circuit : opened("account_fault", now, rules);
}

/** The circuit after its probe: a good one starts the slow return, a bad one waits for the next turn. */
export function probed(circuit: Circuit, good: boolean, now: number, rules: CircuitRules): Circuit {
  if (circuit.kind !== "open") return circuit;
  return good
    ? { kind: "returning", since: now, inARow: 0, ...(isOnlySlow(circuit) ? { wasSlow: true } : {}) }
    : { ...circuit, probeAt: now + rules.probeEveryMs };
}

/** `rest`: in a moment, for the provider asked for a short pause. */
/**
 * The circuit after a look-up told whether a call without an answer had been taken. Timeouts open a circuit whether
 * the provider is dead or only slow; its record tells which.
 */
export function doubtSettled(circuit: Circuit, found: boolean): Circuit {
  if (circuit.kind !== "open") return circuit;
  const { taken = 0 } = circuit;
  return weighed(circuit, found ? Math.max(0, taken) + 1 : Math.min(0, taken) - 1);
}

/** Open, or not yet back, for slowness alone: where nothing else is left, a slow call is better than none. */
export function isOnlySlow(circuit: Circuit): boolean {
  return circuit.kind === "returning"
    ? circuit.wasSlow === true
    : circuit.kind === "open" && circuit.why === "slow";
}

export type Admission = "go" | "stop" | "probe" | "rest";

/**
 * Whether a call may be made now. `probe` asks the caller to win the one probe first.
 * @param random uniform in [0, 1); thins the traffic while it returns
 */
export function admission(
  circuit: Circuit,
  now: number,
  rules: CircuitRules,
  random: () => number,
): Admission {
  switch (circuit.kind) {
    case "closed":
      return "go";
    case "open":
      return now >= circuit.probeAt ? "probe" : "stop";
    case "returning":
      return random() < returnShare(circuit.since, now, rules) ? "go" : "stop";
  }
}

/** From a tenth of the traffic to all of it, evenly over the time of return. */
function returnShare(since: number, now: number, rules: CircuitRules): number {
  return Math.min(1, 0.1 + (0.9 * Math.max(0, now - since)) / rules.returnMs);
}

function whileClosed(
  circuit: Extract<Circuit, { kind: "closed" }>,
  seen: Observed,
  now: number,
  rules: CircuitRules,
): Circuit {
  const inARow = seen.failures === seen.calls ? circuit.inARow + seen.failuresInARow : seen.failuresInARow;
  if (inARow >= rules.inARow) return opened("failures_in_a_row", now, rules);
  const buckets = added(circuit.buckets, seen, now, rules);
  const sum = total(buckets);
  if (sum.calls >= rules.minCalls) {
    if (sum.failures / sum.calls >= rules.failureShare) return opened("failure_share", now, rules);
    if (sum.slow / sum.calls > rules.slowShare) return opened("slow", now, rules);
  }
  return { kind: "closed", buckets, inARow };
}

function afterReturn(
  circuit: Extract<Circuit, { kind: "returning" }>,
  seen: Observed,
  now: number,
  rules: CircuitRules,
): Circuit {
  const inARow = seen.failures === seen.calls ? circuit.inARow + seen.failuresInARow : seen.failuresInARow;
  // It has just been bad: two failures in a row are enough to believe it again.
  if (inARow >= 2)
    return opened(circuit.wasSlow === true && seen.sure === 0 ? "slow" : "probe_failed", now, rules);
  if (now - circuit.since >= rules.returnMs) return { kind: "closed", buckets: [], inARow };
  return { ...circuit, inARow };
}

function weighed(circuit: Extract<Circuit, { kind: "open" }>, taken: number): Circuit {
  const kept = Math.max(-DEAD_AFTER, Math.min(SLOW_AFTER, taken));
  if (circuit.why === "account_fault" || kept === circuit.taken) return circuit;
  const why =
    kept >= SLOW_AFTER
      ? "slow"
      : kept <= -DEAD_AFTER && circuit.why === "slow"
        ? "failures_in_a_row"
        : circuit.why;
  return { ...circuit, why, taken: kept };
}

function opened(why: OpenReason, now: number, rules: CircuitRules): Circuit {
  return { kind: "open", since: now, why, probeAt: now + rules.probeEveryMs };
}

function added(buckets: readonly Bucket[], seen: Observed, now: number, rules: CircuitRules): Bucket[] {
  const at = Math.floor(now / BUCKET_MS) * BUCKET_MS;
  const recent = buckets.filter((b) => b.at > now - rules.windowMs);
  const last = recent.at(-1);
  const { calls, failures, slow } = seen;
  if (last?.at !== at) return [...recent, { at, calls, failures, slow }];
  const grown = { at, calls: last.calls + calls, failures: last.failures + failures, slow: last.slow + slow };
  return [...recent.slice(0, -1), grown];
}

function total(buckets: readonly Bucket[]): Omit<Bucket, "at"> {
  return buckets.reduce(
    (sum, b) => ({
      calls: sum.calls + b.calls,
      failures: sum.failures + b.failures,
      slow: sum.slow + b.slow,
    }),
    { calls: 0, failures: 0, slow: 0 },
  );
}
