import { type ClientEvent, eventMessageId, eventPayload } from "../core/client-event.ts";
import { type EndpointHealth, isDead, isDoubtful, restMs, retryInMs } from "../core/endpoint.ts";
import type { Instant } from "../core/view.ts";
import type { EventResult } from "./events.ts";
import type { Endpoint, Endpoints, EventPosted, PostEvent } from "./notify-ports.ts";
import type { FlowDeps } from "./ports.ts";

export type NotifyDeps = Pick<FlowDeps, "clock" | "random" | "events"> & {
  load: FlowDeps["store"]["load"];
  endpoints: Endpoints;
  post: PostEvent;
  instant: Instant;
  /** Waits between the tries of one event, in ms. */
  waitsMs: readonly number[];
};

/** `holdMs`: its endpoint is busy, bring it back after this; `retryInMs`: not taken, try it again then. */
export type Notified = "over" | { holdMs: number } | { retryInMs: number };

export type Notify = (event: ClientEvent, tries: number, signal: AbortSignal) => Promise<Notified>;

/** Calls to one endpoint at a time, for each process: one that is slow must not take everybody's places. */
const IN_FLIGHT_MAX = 4;
const HOLD_MIN_MS = 100;
const HOLD_MAX_MS = 300_000;
/** How long a call takes where nothing was measured yet: most take less. */
const USUAL_MS = 50;
/** Endpoints whose speed is remembered while nothing is called there. */
const REMEMBERED_MAX = 1_000;

/** Calls to one endpoint that run, and how long the last ones took. */
type Running = { calls: number; tookMs: number };

/**
 * Brings one event to its client's endpoint: a look at the endpoint, a place among the calls to it, the delivery as it
 * is now, one signed call. What is not taken comes back after a wait that grows; what cannot be brought any more ends.
 * @returns by `tries` (from 0), the failed ones before this one
 */
export function createNotify(deps: NotifyDeps): Notify {
  const running = new Map<string, Running>();
  return async (event, tries, signal) => {
    const found = await deps.endpoints.find(event.clientId);
    if (!found || found.endpoint.only?.includes(event.event) === false) return over(deps, event, "unwanted");
    const leftMs = restMs(found.health, deps.clock.now());
    if (leftMs > 0) return again(deps, event, tries, leftMs, "resting");
    const place = running.get(event.clientId) ?? { calls: 0, tookMs: USUAL_MS };
    if (place.calls >= (isDoubtful(found.health) ? 1 : IN_FLIGHT_MAX)) return hold(deps, event, place);
    running.set(event.clientId, place);
    place.calls += 1;
    try {
      return await bring(deps, event, tries, found.endpoint, place, signal);
    } finally {
      place.calls -= 1;
      if (place.calls === 0 && running.size > REMEMBERED_MAX) running.delete(event.clientId);
    }
  };
}

/** By the length of the endpoint's own line, so that what waits behind a slow one does not look every moment. */
async function hold(
  { endpoints, random }: NotifyDeps,
  event: ClientEvent,
  place: Running,
): Promise<Notified> {
  const lineMs = ((await endpoints.waiting(event.clientId)) * place.tookMs) / IN_FLIGHT_MAX;
  const holdMs = Math.min(HOLD_MAX_MS, Math.max(HOLD_MIN_MS, lineMs)) * (0.5 + random.fraction());
  return { holdMs: Math.round(holdMs) };
}

async function bring(
  deps: NotifyDeps,
  event: ClientEvent,
  tries: number,
  endpoint: Endpoint,
  place: Running,
  signal: AbortSignal,
): Promise<Notified> {
  const stored = await deps.load(event.deliveryId);
  // Records are kept for three days, and nobody else's are told.
  if (stored?.delivery.clientId !== event.clientId) return over(deps, event, "unwanted");
  const body = JSON.stringify(eventPayload(event, stored.delivery, deps.instant));
  const startedAt = deps.clock.elapsed();
  const posted = await deps.post(endpoint, { id: eventMessageId(event), body }, signal);
  const tookMs = Math.round(deps.clock.elapsed() - startedAt);
  place.tookMs = (place.tookMs + tookMs) / 2;
  return concluded(deps, event, tries, posted, tookMs);
}

async function concluded(
  deps: NotifyDeps,
  event: ClientEvent,
  tries: number,
  posted: EventPosted,
  tookMs: number,
): Promise<Notified> {
  const { endpoints } = deps;
  switch (posted.kind) {
    case "taken":
      await endpoints.taken(event.clientId);
      return over(deps, event, "taken", { status: posted.status, tookMs });
    case "gone":
      await endpoints.failed(event.clientId, failureOf(deps, event, posted, tookMs), undefined);
      await disable(deps, event.clientId, "gone");
      return over(deps, event, "given_up", { status: posted.status, tookMs });
    case "failed": {
      const failure = failureOf(deps, event, posted, tookMs);
      const health = await endpoints.failed(event.clientId, failure, posted.retryAfterMs);
      return afterFailed(deps, event, tries, health, { status: posted.status, tookMs });
    }
    case "aborted":
      return { holdMs: 1_000 };
  }
}

async function afterFailed(
  deps: NotifyDeps,
  event: ClientEvent,
  tries: number,
  health: EndpointHealth,
  call: Call,
): Promise<Notified> {
  const now = deps.clock.now();
  if (!isDead(health, now)) return again(deps, event, tries, restMs(health, now), "failed", call);
  await disable(deps, event.clientId, "failing");
  return over(deps, event, "given_up", call);
}

function failureOf(
  { clock }: NotifyDeps,
  { event }: ClientEvent,
  posted: Extract<EventPosted, { kind: "failed" | "gone" }>,
  tookMs: number,
) {
  const words = posted.kind === "gone" ? "HTTP 410, nobody wants events there" : posted.words;
  const status = posted.status === undefined ? {} : { status: posted.status };
  return { at: clock.now(), event, ...status, words, tookMs };
}

/** Many calls may find this at once; operators are told by the one that made the change. */
async function disable(deps: NotifyDeps, clientId: string, why: "gone" | "failing"): Promise<void> {
  if (!(await deps.endpoints.disable(clientId, why))) return;
  deps.events.record({ kind: "events.disabled", clientId, why, at: deps.clock.now() });
}

type Call = { status?: number | undefined; tookMs?: number };

async function again(
  deps: NotifyDeps,
  event: ClientEvent,
  tries: number,
  leastMs: number,
  result: EventResult,
  call: Call = {},
): Promise<Notified> {
  const waitMs = retryInMs(tries + 1, deps.waitsMs, leastMs, deps.random.fraction());
  if (waitMs === undefined) return over(deps, event, "given_up", call);
  record(deps, event, result, call);
  return { retryInMs: waitMs };
}

async function over(
  deps: NotifyDeps,
  event: ClientEvent,
  result: EventResult,
  call: Call = {},
): Promise<Notified> {
  await deps.endpoints.finished(event);
  record(deps, event, result, call);
  return "over";
}

function record({ events }: NotifyDeps, event: ClientEvent, result: EventResult, call: Call): void {
  const { clientId, deliveryId, event: name } = event;
  events.record({ kind: "events.posted", clientId, deliveryId, event: name, result, ...call });
}
