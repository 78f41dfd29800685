import { advance } from "../core/advance.ts";
import type { Delivery, Purpose } from "../core/delivery.ts";
import { nextDue } from "../core/due.ts";
import { acceptedNote, refusedNote } from "../core/figures.ts";
import { expectedMicros, type PolicyRefusal, policyRefusal } from "../core/limits.ts";
import type { Content } from "../core/message.ts";
import { ownRoute } from "../core/observe.ts";
import { latestStartAt, plannedOn } from "../core/next-move.ts";
import { callingCodeOf, maskMsisdn, type Msisdn } from "../core/phone.ts";
import { planFor } from "../core/plan.ts";
import { isAskedAgain } from "../core/resend.ts";
import { routePlan } from "../core/route.ts";
import { routeRules } from "../core/rules.ts";
import { ordered } from "./order-plan.ts";
import { chooseStart } from "./choose-start.ts";
import { type Consent, consentOf } from "./consent.ts";
import { sendAgain } from "./resend.ts";
import type { Client, Created, FlowDeps, NewDelivery } from "./ports.ts";
import type { FlowEvent } from "./events.ts";
import type { LimitName } from "./limit-ports.ts";

/** A parsed request: one number, one content, everything else already checked at the border. */
export type AcceptRequest = {
  client: Client;
  recipient: Msisdn;
  content: Content;
  purpose: Purpose;
  validForMs: number;
  /** The caller's own word for this delivery. */
  reference: string | undefined;
  /** Wished routes in order; the client's or the default plan when absent. */
  routes: readonly string[] | undefined;
  idempotencyKey: string | undefined;
  fingerprint: string;
  /** Its end of life lies outside the bounds: no new delivery, but a repeat has the answer it had before. */
  isOutOfBounds?: boolean;
  /** Front end that it came through; absent for the native API. */
  door?: string | undefined;
};

export type Accepted =
  | { kind: "accepted"; delivery: Delivery; repeated: boolean }
  | { kind: "refused"; code: "idempotency_conflict" | "out_of_bounds" | "unknown_route" | "no_route" }
  | { kind: "refused"; code: PolicyRefusal | "blocked" }
  | { kind: "refused"; code: LimitName | "busy"; retryAfterMs: number };

/** Consents or blocks that could not be asked in time may be asked again so soon. */
const UNSURE_RETRY_MS = 1_000;

type Refusal = Extract<Accepted, { kind: "refused" }>;

export type AcceptDeps = Omit<FlowDeps, "pacer">;

/**
 * Takes a code on: record first, then its job, and only then an answer. A crash between the two is found
 * by reconcile; a caller that repeats itself gets the delivery that lives already.
 * @throws StoreUnavailable when nothing may be promised
 */
export async function accept(deps: AcceptDeps, request: AcceptRequest): Promise<Accepted> {
  const wished = wishedRoutes(deps, request);
  const [consent, barred] = await Promise.all([consentOf(deps, request, wished), barredBy(deps, request)]);
  const unplanned = newDelivery(deps, request, wished, consent);
  const refusal = barred ?? refusalOf(deps, unplanned, request);
  if (refusal) {
    const isUnsure = refusal.code === "no_route" && consent.unsure;
    return refusedUnlessKnown(deps, request, unplanned, isUnsure ? busy(UNSURE_RETRY_MS) : refusal);
  }
  const startDeps = { ...deps, reach: consent.reach };
  const start = await chooseStart(startDeps, ownRoute(unplanned), request.recipient);
  if (start.kind === "busy") return refusedUnlessKnown(deps, request, unplanned, busy(start.retryAfterMs));
  const at = unplanned.createdAt;
  const next = plannedOn(unplanned, start.route, start.why, at);
  const delivery = advance(unplanned, { kind: "planned", next, at });
  return answer(deps, request, delivery, await deps.store.create(entryOf(deps, request, delivery)));
}

/** What the operator does not want to be sent to, whoever asks and however often. */
async function barredBy(
  deps: AcceptDeps,
  { client, recipient }: AcceptRequest,
): Promise<Refusal | undefined> {
  const policy = policyRefusal(recipient, client.limits);
  if (policy) return { kind: "refused", code: policy };
  const match = await deps.blocks.match(recipient);
  if (match === "blocked") return { kind: "refused", code: "blocked" };
  return match === "unread" ? busy(UNSURE_RETRY_MS) : undefined;
}

/** What the caller asks for, else the operator's plan that says most of this delivery, else the default order. */
function wishedRoutes({ rules, defaultRoutes }: AcceptDeps, request: AcceptRequest): readonly string[] {
  const { client, recipient, purpose, routes } = request;
  const subject = { clientId: client.id, callingCode: callingCodeOf(recipient), purpose };
  return routes ?? planFor(rules.plans, subject)?.routes ?? defaultRoutes;
}

function busy(retryAfterMs: number): Refusal {
  return { kind: "refused", code: "busy", retryAfterMs };
}

/**
 * Nothing new can be taken on. A key that was used has its answer all the same, and somebody who holds a living
 * code still gets the field for it.
 */
async function refusedUnlessKnown(
  deps: AcceptDeps,
  request: AcceptRequest,
  unplanned: Delivery,
  refusal: Refusal,
): Promise<Accepted> {
  const known = await deps.store.known(entryOf(deps, request, unplanned));
  return known.kind === "unknown" ? refused(deps, request, refusal) : answer(deps, request, unplanned, known);
}

function entryOf(deps: AcceptDeps, request: AcceptRequest, delivery: Delivery): NewDelivery {
  const { recipient, content, idempotencyKey, fingerprint, client } = request;
  const dueAt = nextDue(delivery, deps.rules)?.at ?? delivery.expiresAt;
  return { delivery, recipient, content, idempotencyKey, fingerprint, dueAt, limits: client.limits };
}

async function answer(
  deps: AcceptDeps,
  request: AcceptRequest,
  delivery: Delivery,
  created: Created,
): Promise<Accepted> {
  const clientId = request.client.id;
  switch (created.kind) {
    case "created":
      // Before the job is stored: a worker may be done with it before the answer is here.
      deps.figures.observe([acceptedNote(delivery)]);
      await enqueueNext(deps, delivery, created.tag);
      deps.events.record(queued(delivery));
      return { kind: "accepted", delivery, repeated: false };
    case "repeated":
      deps.events.record({ kind: "accept.repeated", deliveryId: created.delivery.id, clientId });
      if (!created.fromMemory) await onRepeat(deps, request, created);
      return { kind: "accepted", delivery: created.delivery, repeated: true };
    case "key_conflict":
      return refused(deps, request, { kind: "refused", code: "idempotency_conflict" });
    case "recipient_limit":
    case "prefix_limit":
    case "client_limit":
    case "spend_cap":
      return refused(deps, request, {
        kind: "refused",
        code: created.kind,
        retryAfterMs: created.retryAfterMs,
      });
  }
}

/**
 * The first call may have died between record and job: nothing is promised before both are stored. And a
 * reload by somebody who got nothing is his only "send again" button.
 */
async function onRepeat(
  deps: AcceptDeps,
  request: AcceptRequest,
  { delivery, by }: Extract<Created, { kind: "repeated" }>,
): Promise<void> {
  if (delivery.state === "queued") await enqueueNext(deps, delivery);
  if (by === "key" || !isAskedAgain(delivery, deps.clock.now(), deps.rules)) return;
  const stored = await deps.store.load(delivery.id);
  if (stored) await sendAgain(deps, stored, "reload", request.content);
}

async function enqueueNext(deps: AcceptDeps, delivery: Delivery, tag?: number): Promise<void> {
  const { id, purpose, clientId, next } = delivery;
  if (!next) return;
  const job = { route: next.route, deliveryId: id, attempt: next.number };
  await deps.jobs.enqueue({ ...job, delayMs: 0, purpose, clientId, tag });
  deps.states.added(next.route, clientId);
}

function queued({ id, clientId, purpose, door, next, order }: Delivery): FlowEvent {
  const event = {
    kind: "accept.queued",
    deliveryId: id,
    clientId,
    purpose,
    route: next?.route ?? "",
    ...(order === undefined ? {} : { ordered: { first: order.route, why: order.why } }),
  } as const;
  return door === undefined ? event : { ...event, door };
}

function newDelivery(
  deps: AcceptDeps,
  request: AcceptRequest,
  wished: readonly string[],
  consent: Consent,
): Delivery {
  const createdAt = deps.clock.now();
  const { plan, skipped } = routePlan(wished, deps.rules, (route) => ({
    carries: deps.providers.forRoute(route).carries(request.content),
    consented: consent.given(deps.rules.routes.get(route)?.channel ?? ""),
  }));
  const callingCode = callingCodeOf(request.recipient);
  // Whoever names routes means their order.
  const order = request.routes === undefined ? deps.routeOrder : "fixed";
  const delivery: Delivery = {
    id: deps.random.id(),
    clientId: request.client.id,
    purpose: request.purpose,
    recipientMasked: maskMsisdn(request.recipient),
    callingCode,
    createdAt,
    expiresAt: createdAt + request.validForMs,
    ...ordered(deps, order, plan, callingCode),
    skipped,
    state: "queued",
    attempts: [],
  };
  if (deps.rules.observed.has(request.client.id)) delivery.observed = [];
  if (request.reference !== undefined) delivery.reference = request.reference;
  if (request.door !== undefined) delivery.door = request.door;
  if (request.client.limits?.spendMicros !== undefined) delivery.prices = pricesOf(deps, request, plan);
  return delivery;
}

function pricesOf({ rules }: AcceptDeps, { recipient, content }: AcceptRequest, plan: readonly string[]) {
  const callingCode = callingCodeOf(recipient);
  return plan.map((route) => expectedMicros(routeRules(rules, route), callingCode, content));
}

function refusalOf({ rules }: AcceptDeps, delivery: Delivery, request: AcceptRequest): Refusal | undefined {
  if (request.isOutOfBounds) return { kind: "refused", code: "out_of_bounds" };
  if (request.routes && delivery.skipped.some((s) => s.why === "unknown")) {
    return { kind: "refused", code: "unknown_route" };
  }
  const isTooShort = delivery.createdAt > latestStartAt(delivery, rules);
  return isTooShort || delivery.plan.length === 0 ? { kind: "refused", code: "no_route" } : undefined;
}

function refused(deps: AcceptDeps, request: AcceptRequest, refusal: Refusal): Accepted {
  const { client, door, recipient } = request;
  const event = { kind: "accept.refused", clientId: client.id, code: refusal.code } as const;
  deps.events.record(door === undefined ? event : { ...event, door });
  deps.figures.observe([refusedNote(client.id, callingCodeOf(recipient), refusal.code)]);
  deps.refusals.record(recipient, {
    at: deps.clock.now(),
    clientId: client.id,
    door,
    reason: refusal.code,
  });
  return refusal;
}
