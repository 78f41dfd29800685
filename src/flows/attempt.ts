import { advance } from "../core/advance.ts";
import type { PlannedAttempt } from "../core/delivery.ts";
import { bindAlreadySent, latestStartAt, proceed } from "../core/next-move.ts";
import type { SendOutcome } from "../core/outcome.ts";
import { commit } from "./commit.ts";
import type { FlowDeps, Secrets, Stored } from "./ports.ts";
import { applyParked } from "./settle.ts";

type AttemptDeps = Pick<FlowDeps, "clock" | "random" | "store" | "jobs" | "providers" | "events" | "rules">;

export type AttemptJob = { deliveryId: string; attempt: number; route: string };

/** What became of the job; for the worker's log only. */
export type AttemptResult = "called" | "not_planned" | "too_late";

/**
 * One attempt: intent, call, outcome, next move. The intent is stored before the provider is called and by
 * whoever stores it first, so a second run of the same job finds it taken and leaves; an intent without an
 * outcome is settled by the delivery's timer.
 */
export async function attempt(
  deps: AttemptDeps,
  job: AttemptJob,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const loaded = await deps.store.loadWithSecrets(job.deliveryId);
  const next = loaded?.delivery.next;
  if (!loaded || !next || next.number !== job.attempt || next.route !== job.route) return "not_planned";
  const intended = await writeIntent(deps, loaded, next);
  if (typeof intended === "string") return intended;
  const outcome = await call(deps, intended.delivery, next, loaded.secrets, signal);
  await writeOutcome(deps, intended, next.number, outcome);
  return "called";
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
    (d) => (d.next?.number === next.number ? advance(d, { kind: "intended", at: intentAt }) : d),
    latestAt,
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
): Promise<SendOutcome> {
  // Content is erased only when a delivery ends, and an ended one has no intent: this is a damaged record.
  if (!secrets.content) return { kind: "refused", reason: "content_invalid" };
  const startedAt = deps.clock.elapsed();
  const said = await deps.providers.forRoute(next.route).send(
    {
      to: secrets.recipient,
      content: secrets.content,
      reference: next.reference,
      validForMs: delivery.expiresAt - deps.clock.now(),
    },
    signal,
  );
  const outcome = bindAlreadySent(delivery, next.number, said);
  deps.events.record({
    kind: "attempt.finished",
    deliveryId: delivery.id,
    attempt: next.number,
    route: next.route,
    outcome: outcome.kind,
    detail: detailOf(outcome),
    providerCode: outcome.providerCode,
    tookMs: deps.clock.elapsed() - startedAt,
  });
  return outcome;
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
  number: number,
  outcome: SendOutcome,
): Promise<void> {
  const now = deps.clock.now();
  const retryAfterMs = outcome.kind === "unavailable" ? outcome.retryAfterMs : undefined;
  const context = { now, rules: deps.rules, random: deps.random.fraction, retryAfterMs };
  const written = await commit(deps, from, (d) =>
    proceed(advance(d, { kind: "outcome", attempt: number, outcome, at: now }), context),
  );
  if (written.kind === "saved") await applyParked(deps, written.parked);
}
