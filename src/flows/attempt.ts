import { advance } from "../core/advance.ts";
import type { PlannedAttempt } from "../core/delivery.ts";
import { betterLane, bindAlreadySent, latestStartAt, proceed } from "../core/next-move.ts";
import { isAccountFault, type SendOutcome } from "../core/outcome.ts";
import { withoutAccount } from "../core/route.ts";
import { senderOf } from "../core/rules.ts";
import { commit } from "./commit.ts";
import { moveContext } from "./move-context.ts";
import type { FlowDeps, Secrets, Stored } from "./ports.ts";
import { applyParked } from "./settle.ts";

export type AttemptDeps = Omit<FlowDeps, "defaultRoutes">;

export type AttemptJob = { deliveryId: string; attempt: number; route: string };

/**
 * What became of the job. `held`: nobody can take it now, its worker brings it back a little later; `resting`: the
 * same, once the pause is over that the route's provider asked for.
 */
export type AttemptResult = "called" | "stopped" | "not_planned" | "too_late" | "moved" | "held" | "resting";

/**
 * One attempt: admission, turn, intent, a last look at the operator's word, call, outcome, next move. The intent is stored before the provider is
 * called and by whoever stores it first, so a second run of the same job finds it taken and leaves; an intent
 * without an outcome is settled by the delivery's timer.
 */
export async function attempt(
  deps: AttemptDeps,
  job: AttemptJob,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const loaded = await deps.store.loadWithSecrets(job.deliveryId);
  const next = loaded?.delivery.next;
  if (!loaded || !next || next.number !== job.attempt || next.route !== job.route) return "not_planned";
  const admitted = await admit(deps, loaded, next);
  if (admitted !== "go" && admitted !== "probe") return admitted;
  const intended = await intend(deps, loaded, next, signal);
  if (typeof intended === "string") return intended;
  const called = await call(deps, intended.delivery, next, loaded.secrets, signal);
  // The outcome goes first, so that a crash leaves no doubt behind; this very delivery knows of a fault of the account.
  await writeOutcome(deps, intended, next, called.outcome);
  await deps.circuits.observe(next.route, called.outcome, called.tookMs, admitted === "probe");
  await rememberReach(deps, next.route, loaded.secrets, called.outcome);
  return "called";
}

/** An open circuit means the next route, not an error; only what no other route can take waits. */
async function admit(
  deps: AttemptDeps,
  from: Stored,
  next: PlannedAttempt,
): Promise<"go" | "probe" | AttemptResult> {
  const admission = deps.circuits.admission(next.route);
  if (admission === "go") return "go";
  if (admission === "probe" && (await deps.circuits.tryProbe(next.route))) return "probe";
  if (admission === "rest") return "resting";
  if (deps.clock.now() > latestStartAt(from.delivery, deps.rules)) return expire(deps, from);
  const context = { ...moveContext(deps, from.delivery), minReach: 0 };
  const moved = await commit(deps, from, (d, reached) => {
    const mayMove = isStill(next, d) && d.observed === undefined;
    const move = mayMove ? betterLane(d, "circuit", { ...context, reached }) : undefined;
    return move?.kind === "attempt" ? advance(d, { kind: "planned", next: move.next, at: context.now }) : d;
  });
  if (moved.kind === "saved") return "moved";
  if (deps.circuits.isOnlySlow(next.route)) return "go";
  deps.events.record({
    kind: "attempt.held",
    deliveryId: from.delivery.id,
    attempt: next.number,
    route: next.route,
  });
  return "held";
}

/** The intent, in this route's turn; what was ordered for the route meanwhile holds. */
async function intend(
  deps: AttemptDeps,
  from: Stored,
  next: PlannedAttempt,
  signal: AbortSignal,
): Promise<Stored | AttemptResult> {
  await deps.pacer.turn(next.route, signal);
  if (deps.circuits.restMs(next.route) > 0) return "resting";
  const intended = await writeIntent(deps, from, next);
  if (typeof intended === "string" || !(await deps.circuits.isStopped(next.route))) return intended;
  return stopped(deps, intended, next);
}

/** Nothing was sent, so nothing is in doubt: the next route, or the same one when the operator lets it run again. */
async function stopped(deps: AttemptDeps, intended: Stored, next: PlannedAttempt): Promise<AttemptResult> {
  const outcome = { kind: "unavailable", reason: "stopped", retryLimit: 0 } as const;
  const { id: deliveryId } = intended.delivery;
  deps.events.record({ kind: "attempt.stopped", deliveryId, attempt: next.number, route: next.route });
  await writeOutcome(deps, intended, next, outcome);
  return "stopped";
}

/** Only routes that reach few people are worth a memory: the next start need not guess. */
async function rememberReach(
  deps: AttemptDeps,
  route: string,
  { recipient }: Secrets,
  outcome: SendOutcome,
): Promise<void> {
  if ((deps.rules.routes.get(route)?.reach ?? 1) === 1) return;
  if (outcome.kind === "accepted") await deps.reach.remember(route, recipient, true);
  if (outcome.kind === "refused" && outcome.reason === "recipient_unreachable") {
    await deps.reach.remember(route, recipient, false);
  }
}

async function writeIntent(
  deps: AttemptDeps,
  from: Stored,
  next: PlannedAttempt,
): Promise<Stored | AttemptResult> {
  const intentAt = deps.clock.now();
  const latestAt = latestStartAt(from.delivery, deps.rules);
  if (intentAt > latestAt) return expire(deps, from);
  const written = await commit(
    deps,
    from,
    (d) => (isStill(next, d) ? advance(d, { kind: "intended", at: intentAt }) : d),
    { notAfter: latestAt },
  );
  switch (written.kind) {
    case "saved":
      deps.events.record({
        kind: "attempt.started",
        deliveryId: from.delivery.id,
        attempt: next.number,
        route: next.route,
        waitedMs: intentAt - next.plannedAt,
      });
      return written.stored;
    case "too_late":
      return expire(deps, written.stored);
    case "unchanged":
    case "gone":
      return "not_planned";
  }
}

/** It may have moved to another lane meanwhile: an intent for one route must not call another one. */
function isStill({ number, route }: PlannedAttempt, { next }: Stored["delivery"]): boolean {
  return next?.number === number && next.route === route;
}

async function expire(deps: AttemptDeps, from: Stored): Promise<AttemptResult> {
  const at = deps.clock.now();
  await commit(deps, from, (d) => (d.next ? advance(d, { kind: "deadline", at }) : d));
  return "too_late";
}

async function call(
  deps: AttemptDeps,
  delivery: Stored["delivery"],
  next: PlannedAttempt,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<{ outcome: SendOutcome; tookMs: number }> {
  // Content is erased only when a delivery ends, and an ended one has no intent: this is a damaged record.
  if (!secrets.content) return { outcome: { kind: "refused", reason: "content_invalid" }, tookMs: 0 };
  const startedAt = deps.clock.elapsed();
  const said = await deps.providers.forRoute(next.route).send(
    {
      to: secrets.recipient,
      content: secrets.content,
      reference: next.reference,
      validForMs: delivery.expiresAt - deps.clock.now(),
      sender: senderOf(deps.rules.routes.get(next.route), delivery),
    },
    signal,
  );
  const outcome = bindAlreadySent(delivery, next.number, said);
  const tookMs = deps.clock.elapsed() - startedAt;
  deps.events.record({
    kind: "attempt.finished",
    deliveryId: delivery.id,
    attempt: next.number,
    route: next.route,
    outcome: outcome.kind,
    detail: detailOf(outcome),
    providerCode: outcome.providerCode,
    tookMs,
  });
  return { outcome, tookMs };
}

function detailOf(outcome: SendOutcome) {
  switch (outcome.kind) {
    case "accepted":
      return undefined;
    case "uncertain":
      return outcome.cause;
    case "refused":
    case "unavailable":
      return outcome.reason;
  }
}

async function writeOutcome(
  deps: AttemptDeps,
  from: Stored,
  { number, route }: PlannedAttempt,
  outcome: SendOutcome,
): Promise<void> {
  const now = deps.clock.now();
  const retryAfterMs = outcome.kind === "unavailable" ? outcome.retryAfterMs : undefined;
  const isFault = outcome.kind === "refused" && isAccountFault(outcome.reason);
  const known = moveContext(deps, from.delivery, retryAfterMs);
  // The circuit of the account opens at the same time; this very delivery must not depend on which comes first.
  const conditions = isFault ? withoutAccount(known.conditions, deps.rules, route) : known.conditions;
  const context = { ...known, now, conditions };
  const written = await commit(deps, from, (d, reached) =>
    proceed(advance(d, { kind: "outcome", attempt: number, outcome, at: now }), { ...context, reached }),
  );
  if (written.kind === "saved") await applyParked(deps, written.parked);
}
