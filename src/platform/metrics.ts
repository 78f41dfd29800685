import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { FlowEvent } from "../flows/events.ts";
import { createFlowMetrics } from "./flow-metrics.ts";
import { createConsoleMetrics } from "./console-metrics.ts";
import { createPolicyGauge } from "./policy-metrics.ts";
import { createHealthGauges, type MeasuredRoute } from "./health-metrics.ts";
import { createLoopLag } from "./loop-lag.ts";
import {
  type CircuitState,
  createCircuitGauge,
  createQuietGauge,
  createWordGauge,
  type RouteWord,
} from "./route-metrics.ts";

/** One answered request. `route` is the pattern, never the URL; `code` is our stable word for the answer. */
export type ObservedRequest = {
  method: string;
  route: string;
  status: number;
  code: string;
  tookMs: number;
  clientId?: string | undefined;
  /** Front end that was asked; absent for the native API and everything else. */
  door?: string | undefined;
  /** Only requests that ask for a delivery count as intake. */
  intake: boolean;
};

/** Read at scrape time. A callback that fails leaves its metric out of that scrape, nothing more. */
export type MetricSources = {
  version: string;
  queueJobs?: () => Promise<{ queue: string; state: string; jobs: number }[]>;
  /** Accepted deliveries minus the sum over all states; anything but 0 is a bug. */
  conservationGap?: () => Promise<number>;
  /** How long the oldest event or alert waits that nobody has tried yet, ms. */
  notifyAgeMs?: () => Promise<number>;
  redisUp?: () => Promise<boolean>;
  /** The circuits of all configured routes and accounts, by name. */
  circuits?: () => ReadonlyMap<string, CircuitState>;
  /** The operators' words that hold now, by configured route. */
  words?: () => ReadonlyMap<string, RouteWord>;
  /** All configured routes, and whether each has gone quiet. */
  quiet?: () => ReadonlyMap<string, boolean>;
  /** First digits of the hash of the policy file in force; undefined without one. */
  policyHash?: () => string | undefined;
  /** What is measured of the routes, by country. */
  health?: () => readonly MeasuredRoute[];
};

export type Metrics = {
  registry: Registry;
  onFlowEvent: (event: FlowEvent) => void;
  httpObserved: (request: ObservedRequest) => void;
  /** Something that operators are told of, by its name. */
  alerted: (alert: string) => void;
  /** What became of one post to the operators' webhook. */
  alertPosted: (ok: boolean) => void;
  /** A browser told that a page of the console tried what its policy forbids. */
  cspReported: (directive: string) => void;
  close: () => void;
};

/** Client ids are ours, but a label must stay bounded whatever is configured. */
const CLIENTS_MAX = 200;
/** Fine around the promised 50 ms, with an edge at the hard limit of 1.2 s. */
const INTAKE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.2, 2.5];

/** Every metric of this process on a registry of its own. No label ever holds an id, a number or a text. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const lag = createLoopLag(registry);
  buildInfo(registry, sources.version);
  scraped(registry, sources);
  return {
    registry,
    onFlowEvent: createFlowMetrics(registry),
    httpObserved: createHttpMetrics(registry),
    ...createAlertMetrics(registry),
    ...createConsoleMetrics(registry),
    close: lag.close,
  };
}

function createAlertMetrics(registry: Registry): Pick<Metrics, "alerted" | "alertPosted"> {
  const registers = [registry];
  const alerts = new Counter({
    name: "otp_alerts_total",
    help: "Alerts raised by this process.",
    labelNames: ["alert"],
    registers,
  });
  const posts = new Counter({
    name: "otp_alert_posts_total",
    help: "Posts to the alert webhook.",
    labelNames: ["result"],
    registers,
  });
  return {
    alerted: (alert) => alerts.inc({ alert }),
    alertPosted: (ok) => posts.inc({ result: ok ? "taken" : "failed" }),
  };
}

/** All routes are counted, only intake is timed: histograms of every route would be series nobody reads. */
function createHttpMetrics(registry: Registry): Metrics["httpObserved"] {
  const registers = [registry];
  const requests = new Counter({
    name: "otp_http_requests_total",
    help: "Answered requests by route pattern and status.",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const intake = new Counter({
    name: "otp_intake_requests_total",
    help: "Requests for a delivery by client and answer.",
    labelNames: ["client", "code"],
    registers,
  });
  const doors = new Counter({
    name: "otp_door_requests_total",
    help: "Requests at a front end by answer.",
    labelNames: ["door", "code"],
    registers,
  });
  const seconds = new Histogram({
    name: "otp_intake_duration_seconds",
    help: "Time from request to answer of requests for a delivery.",
    buckets: INTAKE_BUCKETS,
    registers,
  });
  const clientLabel = boundedLabel(CLIENTS_MAX);
  return ({ method, route, status, code, tookMs, clientId, door, intake: asked }) => {
    requests.inc({ method, route, status });
    if (door !== undefined) doors.inc({ door, code });
    if (!asked) return;
    intake.inc({ client: clientLabel(clientId), code });
    seconds.observe(tookMs / 1000);
  };
}

/** The first `max` values keep their name, later ones share `other`. */
function boundedLabel(max: number): (value: string | undefined) => string {
  const known = new Set<string>();
  return (value) => {
    if (value === undefined) return "none";
    if (known.size < max) known.add(value);
    return known.has(value) ? value : "other";
  };
}

function buildInfo(registry: Registry, version: string): void {
  new Gauge({
    name: "otp_build_info",
    help: "1, with the running version as labels.",
    labelNames: ["version", "node"],
    registers: [registry],
  }).set({ version, node: process.versions.node }, 1);
}

/** Gauges whose value is asked for when somebody scrapes. */
function scraped(registry: Registry, sources: MetricSources): void {
  const { queueJobs, conservationGap, notifyAgeMs, redisUp, circuits, words, quiet, policyHash, health } =
    sources;
  if (circuits) createCircuitGauge(registry, circuits);
  if (words) createWordGauge(registry, words);
  if (quiet) createQuietGauge(registry, quiet);
  if (policyHash) createPolicyGauge(registry, policyHash);
  if (health) createHealthGauges(registry, health);
  if (queueJobs) scrapedQueues(registry, queueJobs);
  if (conservationGap) {
    scrapedNumber(
      registry,
      "otp_conservation_gap",
      "Accepted minus accounted for; must be 0.",
      conservationGap,
    );
  }
  if (notifyAgeMs) {
    const help = "Age of the oldest event or alert that nobody has tried yet.";
    scrapedNumber(registry, "otp_notify_age_seconds", help, async () => (await notifyAgeMs()) / 1000);
  }
  if (redisUp) {
    const asNumber = async () => ((await redisUp().catch(() => false)) ? 1 : 0);
    scrapedNumber(registry, "otp_redis_up", "1 while Redis answers.", asNumber);
  }
}

function scrapedNumber(registry: Registry, name: string, help: string, read: () => Promise<number>): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      const value = await read().catch(() => undefined);
      // A value that cannot be read is absent, which an alert can tell from 0.
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}

/** Reset first, or a lane that was removed would keep its last value for ever. */
function scrapedQueues(registry: Registry, read: NonNullable<MetricSources["queueJobs"]>): void {
  new Gauge({
    name: "otp_queue_jobs",
    help: "Jobs by queue and state.",
    labelNames: ["queue", "state"],
    registers: [registry],
    async collect() {
      this.reset();
      for (const { queue, state, jobs } of await read().catch(() => [])) this.set({ queue, state }, jobs);
    },
  });
}
