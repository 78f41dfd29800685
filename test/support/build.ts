import {
  type Attempt,
  attemptReference,
  type Delivery,
  type PlannedAttempt,
} from "../../src/core/delivery.ts";
import type { Report, ReportStatus } from "../../src/core/report.ts";
import { DEFAULT_RULES, type RouteRules, type Rules } from "../../src/core/rules.ts";

export const DELIVERY_ID = "019aa000-0000-7000-8000-000000000001";
/** Instant at which built deliveries were created, epoch ms. */
export const CREATED_AT = 1_700_000_000_000;
export const EXPIRES_AT = CREATED_AT + 300_000;

export function aRoute(route: Partial<RouteRules> & { id: string }): RouteRules {
  return {
    channel: "sms",
    provider: route.id,
    account: route.provider ?? route.id,
    perSecond: 10,
    maxWaitMs: 8_000,
    reach: 1,
    silenceMs: 30_000,
    canLookUp: true,
    canReadStatus: false,
    reports: "push",
    lockMs: 0,
    needsConsent: false,
    ...route,
  };
}

/** Two SMS routes with Telegram in between; `routes` replaces them. */
export function testRules(changes: Partial<Omit<Rules, "routes">> & { routes?: RouteRules[] } = {}): Rules {
  const routes = changes.routes ?? [
    aRoute({ id: "seven-sms", provider: "seven", lockMs: 180_000 }),
    aRoute({
      id: "telegram-gateway",
      provider: "telegram-gateway",
      channel: "telegram",
      reach: 0.16,
      silenceMs: 15_000,
      canLookUp: false,
      needsConsent: true,
    }),
    aRoute({ id: "second-sms" }),
  ];
  return { ...DEFAULT_RULES, ...changes, routes: new Map(routes.map((r) => [r.id, r])) };
}

export function aDelivery(changes: Partial<Delivery> = {}): Delivery {
  return {
    id: DELIVERY_ID,
    clientId: "cloud",
    purpose: "login",
    recipientMasked: "+49*********67",
    createdAt: CREATED_AT,
    expiresAt: EXPIRES_AT,
    plan: ["seven-sms", "telegram-gateway", "second-sms"],
    skipped: [],
    state: changes.attempts?.length ? "sending" : "queued",
    attempts: [],
    ...changes,
  };
}

export function anAttempt(changes: Partial<Attempt> = {}): Attempt {
  const number = changes.number ?? 1;
  return {
    number,
    route: "seven-sms",
    why: "first",
    reference: attemptReference(DELIVERY_ID, number),
    plannedAt: CREATED_AT,
    intentAt: CREATED_AT,
    state: "sending",
    reports: [],
    ...changes,
  };
}

export function aPlan(changes: Partial<PlannedAttempt> = {}): PlannedAttempt {
  const number = changes.number ?? 1;
  return {
    number,
    route: "seven-sms",
    why: "first",
    reference: attemptReference(DELIVERY_ID, number),
    plannedAt: CREATED_AT,
    notBefore: CREATED_AT,
    ...changes,
  };
}

export function aReport(status: ReportStatus, changes: Partial<Report> = {}): Report {
  return {
    status,
    said: status.toUpperCase(),
    providerMessageId: undefined,
    reference: undefined,
    reportedAt: undefined,
    ...changes,
  };
}
