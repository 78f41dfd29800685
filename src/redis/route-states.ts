import type { Redis } from "ioredis";
import { busySince, completeSpans, rateOf } from "../core/lane-rate.ts";
import { type Rules, routeRules } from "../core/rules.ts";
import type { RouteStates } from "../flows/ports.ts";
import type { Keys } from "./keys.ts";
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
  paused: boolean /** In the complete spans, newest first. */;
  starts: number[];
};

/**
 * How long the lanes are: sampled a few times a second, plus what this process has added since. Who starts on
 * a route that reaches few will mostly come back, so he is counted in the line of the next one as well.
 */
export function createRouteStates(deps: RouteStatesDeps): RunningRouteStates {
  let lanes = new Map<string, Lane>();
  const added = new Map<string, number>();
  const busy = new Map<string, number | undefined>();
  const allowed = (route: string) => routeRules(deps.rules, route).perSecond;
  const sample = async () => {
    const before = new Map(added);
    lanes = await readLanes(deps);
    const now = deps.now();
    for (const [route, { waiting: line }] of lanes)
      busy.set(route, busySince(busy.get(route), line, allowed(route), now));
    for (const [route, count] of before) added.set(route, (added.get(route) ?? 0) - count);
  };
  // A sample that fails leaves the last one in force; the intake's own writes fail loudly enough.
  const timer = setInterval(() => void sample().catch(() => undefined), SAMPLE_MS);
  const waiting = (route: string) => (lanes.get(route)?.waiting ?? 0) + (added.get(route) ?? 0);
  return {
    condition: (route) => ({
      open: deps.isOpen(route) || lanes.get(route)?.paused === true,
      waitMs:
        deps.restMs(route) +
        expectedWaitMs(
          rateOf(
            { since: busy.get(route), starts: lanes.get(route)?.starts ?? [], perSecond: allowed(route) },
            deps.now(),
          ),
          waiting(route) + comingBack(deps.rules, route, waiting),
        ),
      quiet: deps.isQuiet(route),
    }),
    added: (route) => void added.set(route, (added.get(route) ?? 0) + 1),
    close: () => clearInterval(timer),
  };
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
      .zcount(lane.toKey("delayed"), "-inf", due)
      .hget(lane.toKey("meta"), "paused")
      .mget(completeSpans(now).map((span) => keys.starts(route, span)));
  }
  const replies = (await pipeline.exec()) ?? [];
  return new Map(
    routes.map(([route], i) => [route, laneOf(replies.slice(i * 5, i * 5 + 5).map((r) => r[1]))]),
  );
}

function laneOf([wait, held, due, paused, starts]: unknown[]): Lane {
  const waiting = Number(wait ?? 0) + Number(held ?? 0) + Number(due ?? 0);
  const counted = Array.isArray(starts) ? starts.map((count) => Number(count ?? 0)) : [];
  return { waiting, paused: paused === "1", starts: counted };
}
