import type { Redis } from "ioredis";
import { busySince, completeSpans, rateOf } from "../core/lane-rate.ts";
import { type Other, startsAhead } from "../core/line.ts";
import type { Condition } from "../core/route.ts";
import { type Rules, routeRules } from "../core/rules.ts";
import type { RouteStates } from "../flows/ports.ts";
import type { Keys } from "./keys.ts";
import { type Added, createAdded } from "./lane-added.ts";
import { createArrivals } from "./lane-arrivals.ts";
import { backlogsOf } from "./lane-turns.ts";
import type { Queues } from "./queues.ts";

const SAMPLE_MS = 200;
/** A lane without a rate of its own is taken to send this many per second. */
const UNPACED_PER_SECOND = 500;

export type RouteStatesDeps = {
  client: Redis;
  keys: Keys;
  queues: Queues;
  rules: Rules;
  isOpen: (route: string) => boolean;
  /** What is left of the pause that the provider asked for, in ms. */
  restMs: (route: string) => number;
  isQuiet: (route: string) => boolean;
  now: () => number;
};

export type RunningRouteStates = RouteStates & { close: () => void };

export type Lane = {
  waiting: number;
  /** Of them those without a turn, which go first. */
  first: number;
  paused: boolean;
  /** In the complete spans, newest first. */
  starts: number[];
  /** How many wait for each client, so far as their turns tell. */
  backlogs: ReadonlyMap<string, number>;
};

/**
 * How long the lanes are: sampled a few times a second, plus what this process has added since. Who starts on
 * a route that reaches few will mostly come back, so he is counted in the line of the next one as well.
 */
export function createRouteStates(deps: RouteStatesDeps): RunningRouteStates {
  const { lines, added, close } = sampled(deps);
  const met = (route: string, inFront: (route: string) => number): Condition => ({
    open: deps.isOpen(route) || lines.lane(route)?.paused === true,
    waitMs:
      deps.restMs(route) +
      expectedWaitMs(lines.rate(route), inFront(route) + comingBack(deps.rules, route, inFront)),
    quiet: deps.isQuiet(route),
  });
  return {
    conditionsFor: (clientId) => {
      const inFront = once((route) => inFrontOf(clientId, route, lines, added));
      return (route) => met(route, inFront);
    },
    waitBehind: (route, ahead) => deps.restMs(route) + expectedWaitMs(lines.rate(route), ahead),
    added: added.add,
    close,
  };
}

/** What samples tell of each lane's line. */
type Lines = {
  lane: (route: string) => Lane | undefined;
  /** Messages per second that it may be reckoned with. */
  rate: (route: string) => number;
  /** Attempts per second of those who have come lately. */
  coming: (route: string) => ReadonlyMap<string, number>;
};

function sampled(deps: RouteStatesDeps): { lines: Lines; added: Added; close: () => void } {
  let lanes = new Map<string, Lane>();
  const added = createAdded();
  const busy = new Map<string, number | undefined>();
  const arrivals = createArrivals({ ...deps, routes: [...deps.queues.lanes.keys()] });
  const allowed = (route: string) => routeRules(deps.rules, route).perSecond;
  const sample = async () => {
    const forget = added.mark();
    [lanes] = await Promise.all([readLanes(deps), arrivals.refresh()]);
    for (const [route, { waiting: line }] of lanes) {
      busy.set(route, busySince(busy.get(route), line, allowed(route), deps.now()));
    }
    forget();
  };
  // A sample that fails leaves the last one in force; the intake's own writes fail loudly enough.
  const timer = setInterval(() => void sample().catch(() => undefined), SAMPLE_MS);
  const rate = (route: string) => {
    const { starts = [] } = lanes.get(route) ?? {};
    return rateOf({ since: busy.get(route), starts, perSecond: allowed(route) }, deps.now());
  };
  const lines: Lines = { lane: (route) => lanes.get(route), rate, coming: arrivals.of };
  return { lines, added, close: () => clearInterval(timer) };
}

/** One decision asks for the same route several times. */
function once(ask: (route: string) => number): (route: string) => number {
  const known = new Map<string, number>();
  return (route) => {
    const value = known.get(route) ?? ask(route);
    known.set(route, value);
    return value;
  };
}

/** Those who start before one more message of this client. */
function inFrontOf(clientId: string, route: string, lines: Lines, added: Added): number {
  const lane = lines.lane(route);
  const waiting = (lane?.waiting ?? 0) + added.all(route);
  if (waiting === 0) return 0;
  const backlogs = added.onTopOf(route, lane?.backlogs);
  // Turns of attempts that left the lane unsent are counted in backlogs for a while; more than all are not there.
  const waitingOf = (id: string) => Math.min(waiting, backlogs.get(id) ?? 0);
  return startsAhead({
    first: lane?.first ?? 0,
    own: waitingOf(clientId),
    others: othersOf(clientId, waitingOf, [...backlogs.keys()], lines.coming(route)),
    perSecond: lines.rate(route) || UNPACED_PER_SECOND,
  });
}

function othersOf(
  clientId: string,
  waitingOf: (id: string) => number,
  present: readonly string[],
  coming: ReadonlyMap<string, number>,
): Other[] {
  const ids = new Set([...present, ...coming.keys()]);
  ids.delete(clientId);
  return Array.from(ids, (id) => ({ waiting: waitingOf(id), perSecond: coming.get(id) ?? 0 }));
}

/** Time that one more message would wait behind `waiting` others, in ms. */
export function expectedWaitMs(perSecond: number, waiting: number): number {
  return Math.round((waiting / (perSecond || UNPACED_PER_SECOND)) * 1_000);
}

/** Of those who wait for a route of small reach, the others will want this one. */
function comingBack(rules: Rules, route: string, waiting: (route: string) => number): number {
  if (routeRules(rules, route).reach < 1) return 0;
  const partial = [...rules.routes.values()].filter((r) => r.reach < 1);
  return partial.reduce((sum, r) => sum + waiting(r.id) * (1 - r.reach), 0);
}

/**
 * The highest score of a delayed job that is due before the next sample. BullMQ keeps the due instant in ms times
 * 4096, so that 4096 jobs of one ms keep their order. Source: bullmq 6.7, addDelayedJob and promoteDelayedJobs.
 */
function dueScore(now: number): number {
  return (now + SAMPLE_MS + 1) * 0x1000 - 1;
}

/**
 * Who is in front of one more message: those that wait, and those whose delay is over, for they join the line before
 * it. A retry or a held attempt that is due later joins behind it.
 */
export async function readLanes({
  client,
  keys,
  queues,
  now: clock,
}: Pick<RouteStatesDeps, "client" | "keys" | "queues" | "now">): Promise<Map<string, Lane>> {
  const routes = [...queues.lanes];
  const pipeline = client.pipeline();
  const now = clock();
  const due = dueScore(now);
  for (const [route, lane] of routes) {
    pipeline
      .llen(lane.toKey("wait"))
      .llen(lane.toKey("paused"))
      .zcard(lane.toKey("prioritized"))
      .zcount(lane.toKey("delayed"), "-inf", due)
      .hget(lane.toKey("meta"), "paused")
      .mget(completeSpans(now).map((span) => keys.starts(route, span)))
      .hgetall(keys.laneTurns(route));
  }
  const replies = (await pipeline.exec()) ?? [];
  return new Map(
    routes.map(([route], i) => [route, laneOf(replies.slice(i * 7, i * 7 + 7).map((r) => r[1]))]),
  );
}

function laneOf([wait, held, prioritized, due, paused, starts, turns]: unknown[]): Lane {
  const first = Number(wait ?? 0) + Number(held ?? 0);
  return {
    waiting: first + Number(prioritized ?? 0) + Number(due ?? 0),
    first,
    paused: paused === "1",
    starts: Array.isArray(starts) ? starts.map((count) => Number(count ?? 0)) : [],
    backlogs: backlogsOf((turns ?? {}) as Record<string, string>),
  };
}
