import type { Redis } from "ioredis";
import { type Progress, progressed, startsPerTurn, turnsAhead } from "../core/fair-share.ts";
import { busySince, completeSpans, rateOf } from "../core/lane-rate.ts";
import type { Condition } from "../core/route.ts";
import { type Rules, routeRules } from "../core/rules.ts";
import type { RouteStates } from "../flows/ports.ts";
import { type Added, createAdded } from "./lane-added.ts";
import type { Keys } from "./keys.ts";
import type { Queues } from "./queues.ts";
import { backlogsOf } from "./lane-turns.ts";

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
  paused: boolean;
  /** In the complete spans, newest first. */
  starts: number[];
  /** How many wait for each client, so far as their turns tell. */
  backlogs: ReadonlyMap<string, number>;
  turns: Omit<Progress, "at">;
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
      const inFront = (route: string) => inFrontOf(clientId, route, lines, added);
      return (route) => met(route, inFront);
    },
    added: added.add,
    close,
  };
}

/** What samples tell of each lane's line. */
type Lines = {
  lane: (route: string) => Lane | undefined;
  /** Messages per second that it may be reckoned with. */
  rate: (route: string) => number;
  past: (route: string) => readonly Progress[];
};

function sampled(deps: RouteStatesDeps): { lines: Lines; added: Added; close: () => void } {
  let lanes = new Map<string, Lane>();
  const added = createAdded();
  const busy = new Map<string, number | undefined>();
  const past = new Map<string, Progress[]>();
  const allowed = (route: string) => routeRules(deps.rules, route).perSecond;
  const sample = async () => {
    const forget = added.mark();
    lanes = await readLanes(deps);
    const now = deps.now();
    for (const [route, { waiting: line, turns }] of lanes) {
      busy.set(route, busySince(busy.get(route), line, allowed(route), now));
      past.set(route, progressed(past.get(route) ?? [], { at: now, ...turns }, line));
    }
    forget();
  };
  // A sample that fails leaves the last one in force; the intake's own writes fail loudly enough.
  const timer = setInterval(() => void sample().catch(() => undefined), SAMPLE_MS);
  const rate = (route: string) => {
    const { starts = [] } = lanes.get(route) ?? {};
    return rateOf({ since: busy.get(route), starts, perSecond: allowed(route) }, deps.now());
  };
  const lines: Lines = { lane: (route) => lanes.get(route), rate, past: (route) => past.get(route) ?? [] };
  return { lines, added, close: () => clearInterval(timer) };
}

/** Those who start before one more message of this client. */
function inFrontOf(clientId: string, route: string, lines: Lines, added: Added): number {
  const lane = lines.lane(route);
  const waiting = (lane?.waiting ?? 0) + added.all(route);
  if (waiting === 0) return 0;
  const backlogs = added.onTopOf(route, lane?.backlogs);
  const present = Math.min(waiting, turnsAhead(backlogs, clientId));
  // Others keep coming until its last one has its turn.
  const own = Math.min(waiting, backlogs.get(clientId) ?? 0);
  return Math.max(present, own * startsPerTurn(lines.past(route)));
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
  const waiting = [wait, held, prioritized, due].reduce<number>((sum, n) => sum + Number(n ?? 0), 0);
  const counted = Array.isArray(starts) ? starts.map((count) => Number(count ?? 0)) : [];
  const hash = (turns ?? {}) as Record<string, string>;
  const progress = { starts: Number(hash["starts"] ?? 0), now: Number(hash["now"] ?? 0) };
  return {
    waiting,
    paused: paused === "1",
    starts: counted,
    backlogs: backlogsOf(hash),
    turns: progress,
  };
}
