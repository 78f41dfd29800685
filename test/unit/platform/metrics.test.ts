import { afterEach, describe, expect, it } from "vitest";
import type { FlowEvent } from "../../../src/flows/events.ts";
import { measuredOf } from "../../../src/core/health.ts";
import { createMetrics, type Metrics, type MetricSources } from "../../../src/platform/metrics.ts";

const opened: Metrics[] = [];

afterEach(() => {
  for (const metrics of opened.splice(0)) metrics.close();
});

function someMetrics(sources: Partial<MetricSources> = {}): Metrics {
  const metrics = createMetrics({ version: "1.2.3", ...sources });
  opened.push(metrics);
  return metrics;
}

const request = {
  method: "POST",
  route: "/v1/deliveries",
  status: 202,
  code: "accepted",
  tookMs: 4,
  intake: true,
};

describe("metrics", () => {
  it("count requests by pattern, and intake by client and answer", async () => {
    const metrics = someMetrics();
    metrics.httpObserved({ ...request, clientId: "cloud" });
    metrics.httpObserved({ ...request, status: 401, code: "unauthorized" });
    metrics.httpObserved({
      ...request,
      method: "GET",
      route: "/livez",
      status: 200,
      code: "ok",
      intake: false,
    });
    const text = await metrics.registry.metrics();
    expect(text).toContain('otp_http_requests_total{method="POST",route="/v1/deliveries",status="202"} 1');
    expect(text).toContain('otp_intake_requests_total{client="cloud",code="accepted"} 1');
    expect(text).toContain('otp_intake_requests_total{client="none",code="unauthorized"} 1');
    expect(text).toContain("otp_intake_duration_seconds_count 2");
  });

  it("keep client labels bounded", async () => {
    const metrics = someMetrics();
    for (let i = 0; i < 250; i++) metrics.httpObserved({ ...request, clientId: `c${i}` });
    const text = await metrics.registry.metrics();
    expect(text.match(/^otp_intake_requests_total\{/gm)).toHaveLength(201);
    expect(text).toContain('otp_intake_requests_total{client="other",code="accepted"} 50');
  });

  it("follow every event of the flows", async () => {
    const metrics = someMetrics();
    for (const event of EVENTS) metrics.onFlowEvent(event);
    const text = await metrics.registry.metrics();
    for (const line of LINES) expect(text).toContain(`${line}\n`);
    expect(text).not.toContain(DELIVERY);
  });

  it("ask for jobs, gap and store when they are scraped", async () => {
    const metrics = someMetrics({
      queueJobs: async () => [{ queue: "seven-sms", state: "waiting", jobs: 7 }],
      conservationGap: async () => 0,
      redisUp: async () => true,
    });
    const text = await metrics.registry.metrics();
    expect(text).toContain('otp_queue_jobs{queue="seven-sms",state="waiting"} 7');
    expect(text).toContain("otp_conservation_gap 0");
    expect(text).toContain("otp_redis_up 1");
    expect(text).toMatch(/otp_event_loop_lag_seconds\{quantile="0\.99"\} \d/);
  });

  it("show the circuits of the moment, whoever saw them change", async () => {
    let circuits = new Map<string, "open" | "closed" | "returning">([
      ["route:r", "open"],
      ["account:a", "closed"],
    ]);
    const metrics = someMetrics({ circuits: () => circuits });
    expect(await metrics.registry.metrics()).toContain('otp_circuit_state{circuit="route:r"} 2');
    circuits = new Map([["account:a", "returning"]]);
    const text = await metrics.registry.metrics();
    expect(text).toContain('otp_circuit_state{circuit="account:a"} 1');
    expect(text).not.toContain('circuit="route:r"');
  });

  it("show which routes are quiet at the moment", async () => {
    const quiet = new Map([
      ["r", true],
      ["s", false],
    ]);
    const text = await someMetrics({ quiet: () => quiet }).registry.metrics();
    expect(text).toContain('otp_route_quiet{route="r"} 1');
    expect(text).toContain('otp_route_quiet{route="s"} 0');
  });

  it("show what is measured of routes by country, of the busiest ones only", async () => {
    const nothing = measuredOf(new Map());
    const rows = Array.from({ length: 100 }, (_, n) => ({
      route: "r",
      callingCode: String(n),
      minutes5: nothing,
      hour: { ...nothing, arrived: 3, missed: 1, verified: 2, cost: { micros: 75_000, currency: "EUR" } },
      day: { ...nothing, accepted: n },
    }));
    const text = await someMetrics({ health: () => rows }).registry.metrics();
    expect(text).toContain('otp_route_arrived_ratio{route="r",country="99",window="1h"} 0.75');
    expect(text).toContain('otp_route_message_cost{route="r",country="99",currency="EUR"} 0.075');
    expect(text).not.toContain('country="39"');
    expect(text.match(/^otp_route_judged\{.*window="24h"/gm)).toHaveLength(60);
  });

  it("a store that is away leaves a scrape readable", async () => {
    const away = () => Promise.reject(new Error("gone"));
    const metrics = someMetrics({ queueJobs: away, conservationGap: away, redisUp: away });
    const text = await metrics.registry.metrics();
    expect(text).toContain("otp_redis_up 0");
    expect(text).not.toMatch(/^otp_conservation_gap/m);
    expect(text).not.toMatch(/^otp_queue_jobs\{/m);
  });
});

const DELIVERY = "0198c0de-0000-7000-8000-000000000001";
const of = { deliveryId: DELIVERY };
const EVENTS: FlowEvent[] = [
  { kind: "accept.queued", ...of, clientId: "cloud", purpose: "login", route: "r" },
  { kind: "accept.repeated", ...of, clientId: "cloud" },
  { kind: "accept.refused", clientId: "cloud", code: "recipient_limit" },
  { kind: "accept.refused", clientId: "cloud", code: "no_route" },
  { kind: "attempt.started", ...of, attempt: 1, route: "r", waitedMs: 200 },
  {
    kind: "attempt.finished",
    ...of,
    attempt: 1,
    route: "r",
    outcome: "uncertain",
    detail: "timeout",
    providerCode: undefined,
    tookMs: 8_000,
  },
  { kind: "doubt.settled", ...of, attempt: 1, route: "r", found: "found" },
  {
    kind: "delivery.moved",
    ...of,
    from: "sending",
    to: "sent",
    ageMs: 900,
    late: false,
    attempts: 1,
    paidAttempts: 1,
  },
  {
    kind: "delivery.moved",
    ...of,
    from: "expired",
    to: "delivered",
    ageMs: 9_000,
    late: true,
    attempts: 1,
    paidAttempts: 1,
  },
  { kind: "delivery.failover", ...of, from: "r", to: "s", why: "silence" },
  { kind: "settle.applied", ...of, attempt: 1, provider: "seven", status: "delivered", ageMs: 9_000 },
  { kind: "settle.parked", provider: "seven", status: "buffered" },
  { kind: "watch.acted", ...of, on: "silence" },
  { kind: "reconcile.repaired", ...of, what: "job" },
  { kind: "attempt.moved", ...of, from: "r", to: "s", why: "busy" },
  { kind: "attempt.held", ...of, attempt: 1, route: "r" },
  { kind: "circuit.moved", circuit: "route:r", to: "open", why: "slow", at: 0 },
  { kind: "route.quiet", route: "r", to: "quiet", at: 0 },
  { kind: "status.read", ...of, attempt: 1, route: "r", found: "known" },
  { kind: "attempt.billed", ...of, attempt: 1, route: "r", cost: { micros: 75_000, currency: "EUR" } },
  { kind: "attempt.billed", ...of, attempt: 2, route: "r", cost: { micros: 75_000, currency: "EUR" } },
  { kind: "attempt.refunded", ...of, attempt: 1, route: "r", cost: { micros: 75_000, currency: "EUR" } },
  { kind: "resend.asked", ...of, by: "reload", planned: true },
  { kind: "outcome.told", ...of, verified: true },
];
const LINES = [
  'otp_messages_total{state="queued"} 1',
  'otp_messages_total{state="sent"} 1',
  'otp_messages_total{state="delivered"} 1',
  "otp_repeated_total 1",
  'otp_ratelimited_total{limit="recipient_limit"} 1',
  'otp_blocked_total{reason="no_route"} 1',
  'otp_queue_wait_seconds_count{route="r"} 1',
  'otp_provider_requests_total{route="r",outcome="uncertain"} 1',
  'otp_unknown_outcome_total{route="r"} 1',
  'otp_reconciled_total{route="r",result="found"} 1',
  "otp_time_to_accept_seconds_count 1",
  "otp_time_to_delivery_seconds_count 1",
  "otp_late_total 1",
  'otp_failovers_total{from="r",to="s",why="silence"} 1',
  'otp_dlr_total{provider="seven",status="delivered",result="applied"} 1',
  'otp_dlr_total{provider="seven",status="buffered",result="parked"} 1',
  'otp_timers_total{on="silence"} 1',
  'otp_repairs_total{what="job"} 1',
  'otp_lane_moves_total{from="r",to="s",why="busy"} 1',
  'otp_held_total{route="r"} 1',
  'otp_circuit_moves_total{circuit="route:r",to="open"} 1',
  'otp_route_quiet_moves_total{route="r",to="quiet"} 1',
  'otp_status_reads_total{route="r",found="known"} 1',
  'otp_cost_total{route="r",currency="EUR"} 0.15',
  'otp_refunds_total{route="r",currency="EUR"} 0.075',
  'otp_resends_total{by="reload",planned="true"} 1',
  'otp_outcomes_total{verified="true"} 1',
];
