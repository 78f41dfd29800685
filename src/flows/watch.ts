import { advance } from "../core/advance.ts";
import { type Attempt, type Delivery, isSentAgain } from "../core/delivery.ts";
import { type Due, doubtEndsAt, nextDue } from "../core/due.ts";
import { proceed } from "../core/next-move.ts";
import type { LookUp } from "../core/outcome.ts";
import { commit } from "./commit.ts";
import { moveContext } from "./move-context.ts";
import { onStatus } from "./read-status.ts";
import { onWait } from "./move-lane.ts";
import type { FlowDeps, Stored } from "./ports.ts";
import { appliedParked, applyParked } from "./settle.ts";

export type WatchDeps = Omit<FlowDeps, "pacer" | "defaultRoutes">;

/** One look may find several timers run out; more in a row would be a loop. */
const STEPS_MAX = 6;

/**
 * Acts on the timers of one delivery that have run out: silence moves on to the next route, doubt is settled
 * by looking up, the deadline ends what was not sent, the close ends what was never confirmed.
 */
export async function watch(
  deps: WatchDeps,
  deliveryId: string,
  signal: AbortSignal,
): Promise<Due["kind"][]> {
  const acted: Due["kind"][] = [];
  for (let step = 0; step < STEPS_MAX; step++) {
    const stored = await deps.store.load(deliveryId);
    const due = stored && nextDue(stored.delivery, deps.rules);
    if (!stored || !due) break;
    if (due.at > deps.clock.now()) {
      // Claimed too early, by a clock that runs ahead: without this the claim's lease would replace the timer.
      if (acted.length === 0) await deps.store.setDue(deliveryId, due.at);
      break;
    }
    deps.events.record({ kind: "watch.acted", deliveryId, on: due.kind });
    await act(deps, stored, due, signal);
    acted.push(due.kind);
  }
  return acted;
}

async function act(deps: WatchDeps, stored: Stored, due: Due, signal: AbortSignal): Promise<void> {
  switch (due.kind) {
    case "silence":
      return onSilence(deps, stored, due.attempt);
    case "doubt":
      return onDoubt(deps, stored, due.attempt, signal);
    case "status":
      if (await appliedLeftovers(deps, stored.delivery, due.attempt)) return;
      return onStatus(deps, stored, due.attempt, signal);
    case "wait":
      return onWait(deps, stored);
    case "deadline":
      return onTime(deps, stored, "deadline");
    case "close":
      return onTime(deps, stored, "closed");
  }
}

async function onTime(deps: WatchDeps, stored: Stored, kind: "deadline" | "closed"): Promise<void> {
  if (kind === "closed" && (await appliedAnyParked(deps, stored.delivery))) return;
  const at = deps.clock.now();
  const stillDue = (d: Delivery) => kind === "closed" || d.next !== undefined || isSentAgain(d);
  await commit(deps, stored, (d) => (stillDue(d) ? advance(d, { kind, at }) : d));
}

async function onSilence(deps: WatchDeps, stored: Stored, number: number): Promise<void> {
  if (await appliedLeftovers(deps, stored.delivery, number)) return;
  const context = moveContext(deps, stored.delivery);
  await commit(deps, stored, (d, reached) => {
    const due = nextDue(d, deps.rules);
    if (due?.kind !== "silence" || due.attempt !== number || due.at > context.now) return d;
    const left = advance(d, { kind: "left", attempt: number, why: due.why, at: context.now });
    return proceed(left, { ...context, reached });
  });
}

/** A crash between binding a message id and applying its parked reports leaves them here. */
async function appliedLeftovers(deps: WatchDeps, delivery: Delivery, number: number): Promise<boolean> {
  const attempt = delivery.attempts.find((a) => a.number === number);
  const provider = attempt && deps.rules.routes.get(attempt.route)?.provider;
  return appliedParked(deps, provider, attempt?.providerMessageId);
}

/** The last chance of a report that a crash left parked: after the close it would only be a late one. */
async function appliedAnyParked(deps: WatchDeps, delivery: Delivery): Promise<boolean> {
  let any = false;
  for (const { number } of delivery.attempts) any = (await appliedLeftovers(deps, delivery, number)) || any;
  return any;
}

async function onDoubt(deps: WatchDeps, stored: Stored, number: number, signal: AbortSignal): Promise<void> {
  const attempt = stored.delivery.attempts.find((a) => a.number === number);
  if (!attempt) return;
  const found = await lookUp(deps, stored, attempt, signal);
  const { id: deliveryId } = stored.delivery;
  deps.events.record({
    kind: "doubt.settled",
    deliveryId,
    attempt: number,
    route: attempt.route,
    found: found?.kind ?? "unreadable",
  });
  if (found) await deps.circuits.doubtSettled(attempt.route, found.kind === "found");
  const context = moveContext(deps, stored.delivery);
  const written = await commit(deps, stored, (d, reached) => {
    const current = d.attempts.find((a) => a.number === number);
    if (!current || !isOpen(current)) return d;
    return proceed(settled(d, current, found, context), { ...context, reached });
  });
  if (written.kind === "saved") await applyParked(deps, written.parked);
}

/** undefined where no record can be asked, or its route left the configuration: the doubt stays for ever. */
async function lookUp(
  deps: WatchDeps,
  stored: Stored,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<LookUp | undefined> {
  if (!deps.rules.routes.has(attempt.route)) return undefined;
  const provider = deps.providers.forRoute(attempt.route);
  const loaded = provider.lookUp && (await deps.store.loadWithSecrets(stored.delivery.id));
  if (!loaded) return undefined;
  const query = { to: loaded.secrets.recipient, reference: attempt.reference, sentAt: attempt.intentAt };
  return provider.lookUp?.(query, signal);
}

function isOpen(attempt: Attempt): boolean {
  return (attempt.state === "sending" || attempt.state === "uncertain") && attempt.leftAt === undefined;
}

type Context = ReturnType<typeof moveContext>;

function settled(
  delivery: Delivery,
  attempt: Attempt,
  found: LookUp | undefined,
  context: Context,
): Delivery {
  const at = context.now;
  switch (found?.kind) {
    case undefined:
      return left(delivery, attempt, at);
    case "found": {
      const { providerMessageId, cost } = found;
      const outcome = { kind: "accepted", providerMessageId, cost } as const;
      return advance(delivery, { kind: "outcome", attempt: attempt.number, outcome, at });
    }
    case "absent":
      return absent(delivery, attempt, context);
    case "unreadable": {
      const looked = advance(delivery, { kind: "lookedUp", attempt: attempt.number, absent: false, at });
      // The first look after a long absence may come when its time is over already: it gets a second one.
      const isOver = attempt.lookedUpAt !== undefined && at >= doubtEndsAt(attempt, context.rules);
      return isOver ? left(looked, attempt, at) : looked;
    }
  }
}

function absent(delivery: Delivery, attempt: Attempt, { now: at, rules }: Context): Delivery {
  const looked = advance(delivery, { kind: "lookedUp", attempt: attempt.number, absent: true, at });
  if ((attempt.absentReads ?? 0) + 1 < rules.doubt.absentReads) return looked;
  const outcome = { kind: "unavailable", reason: "absent" } as const;
  return advance(looked, { kind: "outcome", attempt: attempt.number, outcome, at });
}

function left(delivery: Delivery, attempt: Attempt, at: number): Delivery {
  const outcome = { kind: "uncertain", cause: "crash" } as const;
  const uncertain = advance(delivery, { kind: "outcome", attempt: attempt.number, outcome, at });
  return advance(uncertain, { kind: "left", attempt: attempt.number, why: "doubt", at });
}
