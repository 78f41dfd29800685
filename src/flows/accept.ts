import { advance } from "../core/advance.ts";
import type { Delivery, Purpose } from "../core/delivery.ts";
import { nextDue } from "../core/due.ts";
import type { Content } from "../core/message.ts";
import { nextMove } from "../core/next-move.ts";
import { maskMsisdn, type Msisdn } from "../core/phone.ts";
import { routePlan } from "../core/route.ts";
import type { Client, Created, FlowDeps, FlowEvent } from "./ports.ts";

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
};

export type Accepted =
  | { kind: "accepted"; delivery: Delivery; repeated: boolean }
  | { kind: "refused"; code: "idempotency_conflict" | "unknown_route" | "no_route" }
  | { kind: "refused"; code: "recipient_limit"; retryAfterMs: number };

type AcceptDeps = Pick<
  FlowDeps,
  "clock" | "random" | "store" | "jobs" | "providers" | "events" | "rules" | "defaultRoutes"
>;

/**
 * Takes a code on: record first, then its job, and only then an answer. A crash between the two is found
 * by reconcile; a caller that repeats itself gets the delivery that lives already.
 * @throws StoreUnavailable when nothing may be promised
 */
export async function accept(deps: AcceptDeps, request: AcceptRequest): Promise<Accepted> {
  const unplanned = newDelivery(deps, request);
  const refusal = refusalOf(unplanned, request);
  if (refusal) return refused(deps, request, refusal);
  const move = nextMove(unplanned, {
    now: unplanned.createdAt,
    rules: deps.rules,
    random: deps.random.fraction,
  });
  if (move.kind !== "attempt") return refused(deps, request, { kind: "refused", code: "no_route" });
  const delivery = advance(unplanned, { kind: "planned", next: move.next, at: unplanned.createdAt });
  const created = await deps.store.create({
    delivery,
    recipient: request.recipient,
    content: request.content,
    idempotencyKey: request.idempotencyKey,
    fingerprint: request.fingerprint,
    dueAt: nextDue(delivery, deps.rules)?.at ?? delivery.expiresAt,
  });
  return answer(deps, request, delivery, created);
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
      await enqueueNext(deps, delivery);
      deps.events.record(queued(delivery));
      return { kind: "accepted", delivery, repeated: false };
    case "repeated":
      // The first call may have died between record and job: nothing is promised before both are stored.
      if (created.delivery.state === "queued" && !created.fromMemory)
        await enqueueNext(deps, created.delivery);
      deps.events.record({ kind: "accept.repeated", deliveryId: created.delivery.id, clientId });
      return { kind: "accepted", delivery: created.delivery, repeated: true };
    case "key_conflict":
      return refused(deps, request, { kind: "refused", code: "idempotency_conflict" });
    case "recipient_limit":
      return refused(deps, request, {
        kind: "refused",
        code: "recipient_limit",
        retryAfterMs: created.retryAfterMs,
      });
  }
}

async function enqueueNext(deps: AcceptDeps, delivery: Delivery): Promise<void> {
  const { id, purpose, next } = delivery;
  if (next)
    await deps.jobs.enqueue({ route: next.route, deliveryId: id, attempt: next.number, delayMs: 0, purpose });
}

function queued({ id, clientId, purpose, plan }: Delivery): FlowEvent {
  return { kind: "accept.queued", deliveryId: id, clientId, purpose, route: plan[0] ?? "" };
}

function newDelivery(deps: AcceptDeps, request: AcceptRequest): Delivery {
  const createdAt = deps.clock.now();
  const { plan, skipped } = routePlan(request.routes ?? deps.defaultRoutes, deps.rules, (route) => ({
    carries: deps.providers.forRoute(route).carries(request.content),
    consented: request.client.consents[deps.rules.routes.get(route)?.channel ?? ""] !== undefined,
  }));
  const delivery: Delivery = {
    id: deps.random.id(),
    clientId: request.client.id,
    purpose: request.purpose,
    recipientMasked: maskMsisdn(request.recipient),
    createdAt,
    expiresAt: createdAt + request.validForMs,
    plan,
    skipped,
    state: "queued",
    attempts: [],
  };
  if (request.reference !== undefined) delivery.reference = request.reference;
  return delivery;
}

function refusalOf(
  delivery: Delivery,
  request: AcceptRequest,
): Extract<Accepted, { kind: "refused" }> | undefined {
  if (request.routes && delivery.skipped.some((s) => s.why === "unknown")) {
    return { kind: "refused", code: "unknown_route" };
  }
  return delivery.plan.length === 0 ? { kind: "refused", code: "no_route" } : undefined;
}

function refused(
  deps: AcceptDeps,
  request: AcceptRequest,
  refusal: Extract<Accepted, { kind: "refused" }>,
): Accepted {
  deps.events.record({ kind: "accept.refused", clientId: request.client.id, code: refusal.code });
  return refusal;
}
