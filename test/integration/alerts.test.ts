import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Alert } from "../../src/core/alert.ts";
import { createAlertWebhook } from "../../src/notify/webhook.ts";
import { ALERTS_KEPT, createAlerts, recentAlerts, type RunningAlerts } from "../../src/redis/alerts.ts";
import { createQueues, type Queues } from "../../src/redis/queues.ts";
import { createLane } from "../../workers/lane.ts";
import { notifyHandler } from "../../workers/notify.ts";
import { eventually } from "../support/eventually.ts";
import { type FaultyServer, startFaultyServer } from "../support/faulty-server.ts";
import { freePort } from "../support/ports.ts";
import { connectTestRedis } from "../support/redis.ts";
import { aRedisStore, type RedisStoreBundle } from "../support/store-bundle.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const TAKEN = { kind: "answer", status: 204, body: "" } as const;
const AT = 1_767_603_600_000;

const noEvents = async () => "over" as const;

let bundle: RedisStoreBundle;
let queues: Queues;
let raised: Alert[] = [];
let lost: Alert[] = [];
const closers: (() => unknown)[] = [];

function anAlert(changes: Partial<Alert> = {}): Alert {
  return {
    alert: "circuit_opened",
    id: "route_seven-sms_open_1",
    subject: "route:seven-sms",
    severity: "warning",
    says: "The circuit of route seven-sms opened.",
    at: AT,
    ...changes,
  };
}

/** What one more process raises. */
function alerts(): RunningAlerts {
  const { client, keys } = bundle;
  return createAlerts({
    client,
    keys,
    queues,
    onRaised: (alert) => void raised.push(alert),
    onLost: (alert) => void lost.push(alert),
  });
}

/** The worker that posts; its outcomes. */
function posting(url: string, path = "/hook?team=ops"): boolean[] {
  const outcomes: boolean[] = [];
  const webhook = createAlertWebhook({
    url: `${url}${path}`,
    secret: SECRET,
    proxy: undefined,
    now: Date.now,
  });
  const client = connectTestRedis();
  const lane = createLane({
    name: queues.notify.name,
    client,
    prefix: bundle.keys.prefix,
    concurrency: 4,
    onError: () => undefined,
    handle: notifyHandler({ webhook, onPosted: (ok) => void outcomes.push(ok), notify: noEvents }),
  });
  lane.run();
  closers.push(async () => {
    await lane.abandon();
    await webhook.close();
    client.disconnect();
  });
  return outcomes;
}

async function receiver(first: Parameters<typeof startFaultyServer>[0] = TAKEN): Promise<FaultyServer> {
  const server = await startFaultyServer(first);
  closers.push(server.close);
  return server;
}

const post = async (url: string) => {
  const webhook = createAlertWebhook({ url, secret: SECRET, proxy: undefined, now: Date.now });
  closers.push(webhook.close);
  return webhook.post(anAlert(), new AbortController().signal);
};

beforeEach(() => {
  bundle = aRedisStore();
  queues = createQueues({ client: bundle.client, prefix: bundle.keys.prefix, routes: [] });
  [raised, lost] = [[], []];
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await queues.close();
  await bundle.close();
});

describe("an alert", () => {
  test("is posted once, signed as the standard says, and kept for the page", async () => {
    const server = await receiver();
    posting(server.url);
    const [one, two] = [alerts(), alerts()];
    one.raise(anAlert());
    await one.settled();
    two.raise(anAlert());
    await two.settled();
    await server.received(1);
    const { method, path, headers, body } = server.requests[0]!;
    expect([method, path, headers["content-type"]]).toEqual(["POST", "/hook?team=ops", "application/json"]);
    expect(new Webhook(SECRET).verify(body, headers)).toEqual({
      type: "otpost.alert",
      timestamp: "2026-01-05T09:00:00.000Z",
      data: {
        alert: "circuit_opened",
        subject: "route:seven-sms",
        severity: "warning",
        says: "The circuit of route seven-sms opened.",
      },
    });
    expect(headers["webhook-id"]).toBe("route_seven-sms_open_1");
    const other = new Webhook(`whsec_${Buffer.alloc(32, 8).toString("base64")}`);
    expect(() => other.verify(body, headers)).toThrow("No matching signature found");
    await eventually(async () => expect(await queues.notify.getCompletedCount()).toBe(1));
    expect(server.requests).toHaveLength(1);
    expect((await recentAlerts(bundle.client, bundle.keys))[0]).toEqual(anAlert());
  });

  test("that was not taken comes again under the same id, signed anew", async () => {
    const server = await receiver({ kind: "answer", status: 503, body: "later" });
    const outcomes = posting(server.url);
    alerts().raise(anAlert());
    await server.received(1);
    server.reply(TAKEN);
    await eventually(async () => expect(await queues.notify.getCompletedCount()).toBe(1), {
      timeoutMs: 10_000,
    });
    expect(outcomes).toEqual([false, true]);
    const [first, second] = server.requests;
    expect(second!.headers["webhook-id"]).toBe(first!.headers["webhook-id"]);
    expect(() => new Webhook(SECRET).verify(second!.body, second!.headers)).not.toThrow();
  });

  test("is tried for about a day, then left", () => {
    const { attempts = 0, backoff } = queues.notify.opts.defaultJobOptions ?? {};
    const { delay, jitter } = backoff as { delay: number; jitter: number };
    const waits = Array.from({ length: attempts - 1 }, (_, n) => delay * 2 ** n);
    const hours = waits.reduce((sum, ms) => sum + ms, 0) / 3_600_000;
    expect(hours * (1 - jitter)).toBeGreaterThan(12);
    expect(hours).toBeLessThan(26);
  });

  test("of a kind that may flood is raised once in its time, over all processes", async () => {
    const flood = anAlert({ alert: "report_unauthentic", id: "report_unauthentic_seven", quietMs: 600_000 });
    const processes = Array.from({ length: 5 }, alerts);
    for (let n = 0; n < 10; n++) for (const one of processes) one.raise({ ...flood, at: AT + n });
    await Promise.all(processes.map((one) => one.settled()));
    expect(raised).toHaveLength(1);
    expect(await queues.notify.count()).toBe(1);
    await bundle.client.del(bundle.keys.alerted("report_unauthentic_seven"));
    processes[0]!.raise({ ...flood, at: AT + 600_000 });
    await processes[0]!.settled();
    expect([raised.length, await queues.notify.count()]).toEqual([2, 2]);
  });

  test("leaves room: only the newest ones are kept", async () => {
    const one = alerts();
    for (let n = 0; n < ALERTS_KEPT + 10; n++) {
      one.raise(anAlert({ id: `change_${n}`, at: AT + n }));
      await one.settled();
    }
    const kept = await recentAlerts(bundle.client, bundle.keys);
    expect([kept.length, kept[0]?.id, kept.at(-1)?.id]).toEqual([50, "change_59", "change_10"]);
  });

  test("is raised without waiting for a Redis that is away, and in bounded number", async () => {
    bundle.client.disconnect();
    const one = alerts();
    const startedAt = performance.now();
    for (let n = 0; n < 300; n++) one.raise(anAlert({ id: `change_${n}` }));
    expect(performance.now() - startedAt).toBeLessThan(500);
    await one.settled();
    expect([raised.length, lost.length]).toEqual([300, 300]);
    bundle = aRedisStore();
  });
});

describe("the webhook", () => {
  test.each<[string, Parameters<FaultyServer["reply"]>[0], object]>([
    ["any 2xx counts as taken", { kind: "answer", status: 299, body: "x" }, { ok: true, words: "HTTP 299" }],
    ["a 404 does not", { kind: "answer", status: 404, body: "" }, { ok: false, words: "HTTP 404" }],
    ["a reset is no answer", { kind: "reset" }, { ok: false, words: "no usable answer (reset)" }],
  ])("%s", async (_, reply, expected) => {
    const server = await receiver();
    server.reply(reply);
    expect(await post(`${server.url}/secret-path-4711`)).toEqual(expected);
  });

  test("does not follow a redirect", async () => {
    const elsewhere = await receiver();
    const server = await receiver({
      kind: "answer",
      status: 307,
      body: "",
      headers: { location: elsewhere.url },
    });
    const answer = await post(server.url);
    expect(answer).toEqual({ ok: false, words: "HTTP 307, a redirect, which is not followed" });
    expect(elsewhere.requests).toEqual([]);
  });

  test("says that nobody listens, and not where", async () => {
    const port = await freePort();
    const answer = await post(`http://127.0.0.1:${port}/secret-path-4711?token=4711`);
    expect(answer).toEqual({ ok: false, words: "no connection (connect)" });
  });

  test("waits ten seconds for an answer and no longer", async () => {
    const server = await receiver({ kind: "hang" });
    const startedAt = performance.now();
    expect(await post(server.url)).toEqual({ ok: false, words: "no usable answer (timeout)" });
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThan(9_000);
    expect(tookMs).toBeLessThan(11_500);
  });

  test("a job that no version of ours wrote is left, and one without a webhook is let go", async () => {
    const signal = new AbortController().signal;
    const without = notifyHandler({ webhook: undefined, onPosted: () => undefined, notify: noEvents });
    await expect(without({ alert: "x", says: "482913" }, signal, 0)).rejects.toThrow("nor an alert");
    await expect(without(anAlert(), signal, 0)).resolves.toBeUndefined();
  });
});
