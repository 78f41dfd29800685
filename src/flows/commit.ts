import { clientEvents } from "../core/client-event.ts";
import type { Attempt, Delivery, PlannedAttempt } from "../core/delivery.ts";
import { nextDue } from "../core/due.ts";
import { evidenceOf } from "../core/evidence.ts";
import { figureNotes } from "../core/figures.ts";
import { newNotes } from "../core/observe.ts";
import { healthNotes } from "../core/health.ts";
import { logged } from "../core/redact.ts";
import { bill } from "./bill.ts";
import { type Change, decided } from "./decide.ts";
import type { FlowDeps, MessageBinding, ParkedReport, Change as SavedChange, Stored } from "./ports.ts";

export type CommitDeps = Pick<
  FlowDeps,
  "clock" | "store" | "jobs" | "events" | "rules" | "reach" | "quiet" | "health" | "figures"
>;

export type Committed =
  | { kind: "saved"; stored: Stored; parked: ParkedReport[] }
  | { kind: "unchanged"; stored: Stored }
  | { kind: "too_late"; stored: Stored }
  | { kind: "gone" };

/** Writers of one delivery are few: more conflicts than this mean a bug, not contention. */
const CONFLICTS_MAX = 50;

/**
 * Applies a pure change to the newest version of a delivery and carries out what it planned: stores it by
 * compare-and-set together with its timer, then hands a new attempt to its lane. Both steps may run twice.
 */
export async function commit(
  deps: CommitDeps,
  start: Stored,
  change: Change,
  options: Pick<SavedChange, "notAfter" | "reseal"> = {},
): Promise<Committed> {
  let from: Stored | undefined = start;
  for (let conflicts = 0; from && conflicts <= CONFLICTS_MAX; conflicts++) {
    const to = await decided(deps, from.delivery, change);
    if (to === from.delivery) return { kind: "unchanged", stored: from };
    const saved = await save(deps, from, to, options);
    if (saved.kind === "too_late") return { kind: "too_late", stored: from };
    if (saved.kind === "saved") {
      await handOver(deps, from.delivery, to);
      return { kind: "saved", stored: { delivery: to, version: saved.version }, parked: saved.parked };
    }
    from = await deps.store.load(start.delivery.id);
  }
  if (from) throw new Error(`Delivery ${start.delivery.id} changed ${CONFLICTS_MAX} times under one writer`);
  return { kind: "gone" };
}

function save(
  deps: CommitDeps,
  from: Stored,
  to: Delivery,
  options: Pick<SavedChange, "notAfter" | "reseal">,
) {
  const dueAt = nextDue(to, deps.rules)?.at;
  const events = clientEvents(from.delivery, to, deps.clock.now());
  return deps.store.save({
    ...options,
    from,
    to,
    dueAt,
    events,
    binds: newBindings(deps, from.delivery, to),
  });
}

function newBindings(deps: CommitDeps, before: Delivery, after: Delivery): MessageBinding[] {
  return after.attempts.flatMap((attempt, index) => {
    const messageId = attempt.providerMessageId;
    if (messageId === undefined || before.attempts[index]?.providerMessageId === messageId) return [];
    // A route may leave the configuration while its messages are out: then no report of it is read either.
    const provider = deps.rules.routes.get(attempt.route)?.provider;
    return provider === undefined ? [] : [{ provider, messageId, attempt: attempt.number }];
  });
}

async function handOver(deps: CommitDeps, before: Delivery, after: Delivery): Promise<void> {
  const shown = evidenceOf(before, after, deps.rules, deps.clock.now());
  for (const { route, evidence } of shown) deps.quiet.observe(route, evidence);
  const deliveryId = after.id;
  for (const { from, to, why } of newNotes(before, after)) {
    deps.events.record({ kind: "delivery.would_move", deliveryId, from, to, why });
  }
  deps.health.observe(healthNotes(before, after));
  deps.figures.observe(figureNotes(before, after));
  await moveJobs(deps, before, after);
  bill(deps.events, before, after);
  if (before.state === after.state) return;
  const { state: to, ageMs, late, attempts, paidAttempts } = logged(after, deps.clock.now());
  deps.events.record({
    kind: "delivery.moved",
    deliveryId,
    from: before.state,
    to,
    ageMs,
    late,
    attempts,
    paidAttempts,
  });
}

async function moveJobs(deps: CommitDeps, before: Delivery, after: Delivery): Promise<void> {
  const { id: deliveryId, purpose, clientId, next } = after;
  if (next && !isSameJob(next, before.next)) {
    recordMove(deps, before, after);
    const delayMs = Math.max(0, next.notBefore - deps.clock.now());
    const job = { route: next.route, deliveryId, attempt: next.number };
    await deps.jobs.enqueue({ ...job, delayMs, purpose, clientId });
  }
  if (before.next && isDropped(before.next, after)) {
    await deps.jobs.remove({ route: before.next.route, deliveryId, attempt: before.next.number });
  }
}

function isSameJob(a: PlannedAttempt, b: PlannedAttempt | undefined): boolean {
  return a.number === b?.number && a.route === b.route;
}

/** Neither begun nor still planned: a job that will not send must not use a slot of its lane. */
function isDropped(planned: PlannedAttempt, after: Delivery): boolean {
  const begun = after.attempts.length >= planned.number;
  return !begun && !(after.next && isSameJob(after.next, planned));
}

/** Two kinds of move: away from a route that was tried, and away from a lane before anything began. */
function recordMove(deps: CommitDeps, before: Delivery, after: Delivery): void {
  const { next, id: deliveryId } = after;
  if (!next) return;
  if (before.next && before.next.route !== next.route) {
    deps.events.record({
      kind: "attempt.moved",
      deliveryId,
      from: before.next.route,
      to: next.route,
      why: next.why,
    });
  } else if (!before.next) recordFailover(deps, after, after.attempts.at(-1));
}

function recordFailover(deps: CommitDeps, delivery: Delivery, last: Attempt | undefined): void {
  const { next } = delivery;
  if (!next || !last || last.route === next.route) return;
  deps.events.record({
    kind: "delivery.failover",
    deliveryId: delivery.id,
    from: last.route,
    to: next.route,
    why: next.why,
  });
}
