import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ALERTS } from "../../../src/core/alert.ts";
import { EXIT_CONFIG } from "../../../src/config.ts";
import { createMetrics } from "../../../src/platform/metrics.ts";
import { codeBlocks, readPage, ROOT, tableBelow } from "../../support/readme.ts";

const page = readPage("docs/operations.md");

test("the table of metrics is the program's: names and labels", async () => {
  const metrics = createMetrics({
    version: "0",
    queueJobs: async () => [],
    conservationGap: async () => 0,
    notifyAgeMs: async () => 0,
    redisUp: async () => true,
    circuits: () => new Map(),
    words: () => new Map(),
    quiet: () => new Map(),
    policyHash: () => undefined,
    health: () => [],
  });
  const ours = (await metrics.registry.getMetricsAsJSON())
    .map(({ name }) => name)
    .filter((name) => name.startsWith("otp_"));
  const labels = (name: string) =>
    ((metrics.registry.getSingleMetric(name) as unknown as { labelNames: string[] }).labelNames ?? []).join(
      ", ",
    );
  metrics.close();

  const rows = tableBelow(page, "Metrics").map(([name, list]) => `${name}: ${list}`);
  expect(rows.toSorted()).toEqual(ours.map((name) => `${name}: ${labels(name)}`).toSorted());
});

test("metrics that the alarms name exist", () => {
  const known = new Set(tableBelow(page, "Metrics").map(([name]) => name));
  const named = [...page.matchAll(/\botp_[a-z_]+/g)].map(([name]) => name);

  expect(named.length).toBeGreaterThan(known.size);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

/** Names of log events as the sources write them. */
function loggedEvents(): string[] {
  const files = ["src", "workers"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => readPage(join(folder, name))),
  );
  const calls = files.flatMap((text) => [
    ...text.matchAll(/\b(?:log|logger)(?:\.\w+)?\(\s*"([a-z]+\.[a-z_]+)"/g),
  ]);
  return calls.map(([, name = ""]) => name);
}

function kindsIn(file: string, type: string): string[] {
  const declared = readPage(file).split(`export type ${type} =`)[1]!.split(";\n\n")[0]!;
  return [...declared.matchAll(/kind: "([a-z._]+)"/g)].map(([, kind = ""]) => kind);
}

test("the table of log events holds every event of the flows, the embedded Redis, alerts and processes", () => {
  const rows = tableBelow(page, "Log events").map(([name]) => name!);
  const events = [
    ...kindsIn("src/flows/events.ts", "StepEvent"),
    ...kindsIn("src/flows/events.ts", "ServiceEvent"),
    ...kindsIn("src/redis/embedded/event.ts", "EmbeddedRedisEvent").map((kind) => `redis.${kind}`),
    ...kindsIn("src/http/reports.ts", "Alert"),
    ...loggedEvents(),
  ];

  expect(rows.toSorted()).toEqual([...new Set(events)].toSorted());
});

test("the way in which events are found sees both kinds", () => {
  expect(kindsIn("src/flows/events.ts", "StepEvent")).toContain("reconcile.repaired");
  expect(loggedEvents()).toEqual(expect.arrayContaining(["serve.started", "process.bug", "shutdown.done"]));
});

test("the runbook has every alert, and nothing else", () => {
  const named = tableBelow(page, "Alerts").map(([name]) => name);
  expect(named).toEqual([...ALERTS]);
});

test("the exit code of a bad configuration is the program's", () => {
  expect(tableBelow(page, "Exit codes").map(([code]) => code)).toContain(String(EXIT_CONFIG));
});

test("the call that registers the hook is the one that the twin of seven takes", () => {
  const call = codeBlocks(page).find(({ text }) => text.includes("/api/hooks"))!.text;
  const body = JSON.parse(/-d '(.+)'/.exec(call)![1]!) as Record<string, string>;

  expect(Object.keys(body).toSorted()).toEqual(["event_type", "request_method", "target_url"]);
  expect(body).toMatchObject({ event_type: "dlr", request_method: "JSON" });
});
