import { advance, type DeliveryEvent } from "../../src/core/advance.ts";
import type { Attempt, Delivery } from "../../src/core/delivery.ts";
import { type Due, doubtEndsAt, nextDue } from "../../src/core/due.ts";
import { bindAlreadySent, latestStartAt, proceed } from "../../src/core/next-move.ts";
import type { SendOutcome } from "../../src/core/outcome.ts";
import type { Report } from "../../src/core/report.ts";
import type { Rules } from "../../src/core/rules.ts";

/** What the world does to one attempt. Delays are ms; a lost call never brings its outcome. */
export type Fate = {
  laneMs: number;
  tookMs: number;
  outcome: SendOutcome;
  lost: boolean;
  look: "found" | "absent" | "unreadable";
  reports: { report: Report; afterMs: number }[];
};

export type World = { fates: Fate[]; random: () => number; cancelAfterMs: number | undefined };
export type Walk = { delivery: Delivery; endedAt: number; starts: number[]; steps: number };

type Entry = { at: number; event: DeliveryEvent } | { at: number; start: number };

/** More than any delivery can need: a walk that takes more runs in a circle. */
const STEPS_MAX = 400;

/**
 * Plays one delivery to its end under virtual time, with the core alone: a lane that starts planned attempts,
 * a provider that answers and reports as fated, and the timer that the record names.
 */
export function walk(start: Delivery, rules: Rules, world: World): Walk {
  const delivery = proceed(start, { now: start.createdAt, rules, random: world.random });
  let at: State = { delivery, now: start.createdAt, queue: [], starts: [], handedOver: 0 };
  if (world.cancelAfterMs !== undefined) at.queue.push(cancel(start.createdAt + world.cancelAfterMs));
  for (let steps = 0; steps < STEPS_MAX; steps++) {
    at = handedOver(at, world);
    const due = nextDue(at.delivery, rules);
    if (!due) return { delivery: at.delivery, endedAt: at.now, starts: at.starts, steps };
    const entry = at.queue.toSorted((a, b) => a.at - b.at)[0];
    at = entry && entry.at < due.at ? played(at, entry, rules, world) : timed(at, due, rules, world);
  }
  throw new Error(`no end after ${STEPS_MAX} steps in state ${at.delivery.state}`);
}

type State = { delivery: Delivery; now: number; queue: Entry[]; starts: number[]; handedOver: number };

function cancel(at: number): Entry {
  return { at, event: { kind: "cancelled", at } };
}

function handedOver(state: State, world: World): State {
  const { next } = state.delivery;
  if (!next || next.number <= state.handedOver) return state;
  const at = Math.max(state.now, next.notBefore) + fateOf(world, next.number).laneMs;
  return { ...state, handedOver: next.number, queue: [...state.queue, { at, start: next.number }] };
}

function timed(state: State, due: Due, rules: Rules, world: World): State {
  const now = Math.max(state.now, due.at);
  return { ...state, now, delivery: acted(state.delivery, due, now, rules, world) };
}

function played(state: State, entry: Entry, rules: Rules, world: World): State {
  const now = Math.max(state.now, entry.at);
  const rest = { ...state, now, queue: state.queue.filter((e) => e !== entry) };
  if ("event" in entry) {
    const after = advance(state.delivery, { ...entry.event, at: now });
    return { ...rest, delivery: proceed(after, context(now, rules, world, entry.event)) };
  }
  const inTime = now <= latestStartAt(state.delivery, rules);
  if (state.delivery.next?.number !== entry.start || !inTime) return rest;
  const delivery = advance(state.delivery, { kind: "intended", at: now });
  const queue = [...rest.queue, ...consequences(delivery, entry.start, now, world)];
  return { ...rest, delivery, queue, starts: [...state.starts, now] };
}

function fateOf(world: World, number: number): Fate {
  return world.fates[(number - 1) % world.fates.length]!;
}

function context(now: number, rules: Rules, world: World, event?: DeliveryEvent) {
  const said = event?.kind === "outcome" && event.outcome.kind === "unavailable" ? event.outcome : undefined;
  return { now, rules, random: world.random, retryAfterMs: said?.retryAfterMs };
}

function consequences(delivery: Delivery, number: number, now: number, world: World): Entry[] {
  const { outcome: said, tookMs, lost, reports } = fateOf(world, number);
  const outcome = bindAlreadySent(delivery, number, said);
  const at = now + tookMs;
  const took = said.kind === "accepted" || said.kind === "uncertain";
  return [
    ...(lost ? [] : [{ at, event: { kind: "outcome" as const, attempt: number, outcome, at } }]),
    ...(took ? reports : []).map(({ report, afterMs }) => {
      return {
        at: now + afterMs,
        event: { kind: "reported" as const, attempt: number, report, at: now + afterMs },
      };
    }),
  ];
}

function acted(delivery: Delivery, due: Due, at: number, rules: Rules, world: World): Delivery {
  switch (due.kind) {
    case "deadline":
      return advance(delivery, { kind: "deadline", at });
    case "close":
      return advance(delivery, { kind: "closed", at });
    case "wait":
      return advance(delivery, { kind: "stayed", at });
    case "status":
      return advance(delivery, { kind: "statusRead", attempt: due.attempt, late: true, at });
    case "silence": {
      const left = advance(delivery, { kind: "left", attempt: due.attempt, why: due.why, at });
      return proceed(left, context(at, rules, world));
    }
    case "doubt": {
      const attempt = delivery.attempts.find((a) => a.number === due.attempt)!;
      return proceed(looked(delivery, attempt, at, rules, world), context(at, rules, world));
    }
  }
}

function looked(delivery: Delivery, { number }: Attempt, at: number, rules: Rules, world: World): Delivery {
  const { look } = fateOf(world, number);
  if (look === "found") {
    const outcome = { kind: "accepted", providerMessageId: "found" } as const;
    return advance(delivery, { kind: "outcome", attempt: number, outcome, at });
  }
  const after = advance(delivery, { kind: "lookedUp", attempt: number, absent: look === "absent", at });
  const attempt = after.attempts.find((a) => a.number === number)!;
  if ((attempt.absentReads ?? 0) >= rules.doubt.absentReads) {
    const outcome = { kind: "unavailable", reason: "absent" } as const;
    return advance(after, { kind: "outcome", attempt: number, outcome, at });
  }
  if (look === "absent" || at < doubtEndsAt(attempt, rules)) return after;
  return advance(after, { kind: "left", attempt: number, why: "doubt", at });
}
