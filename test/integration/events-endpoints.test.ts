import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EVENTS_WAITING_MAX } from "../../src/redis/keys.ts";
import {
  anEventsBundle,
  type EventsBundle,
  QUICK_WAITS_MS,
  SLOW_WAITS_MS,
} from "../support/events-bundle.ts";
import { eventually } from "../support/eventually.ts";
import { type FaultyServer, startFaultyServer } from "../support/faulty-server.ts";

type Reply = Parameters<typeof startFaultyServer>[0];

const TAKEN: Reply = { kind: "answer", status: 204, body: "" };
const answer = (status: number, headers: Record<string, string> = {}, body = ""): Reply => ({
  kind: "answer",
  status,
  body,
  headers,
});
const HOUR_MS = 3_600_000;

let bundle: EventsBundle;
let clockAheadMs = 0;
const servers: FaultyServer[] = [];

async function receiver(first: Reply = TAKEN): Promise<FaultyServer> {
  const server = await startFaultyServer(first);
  servers.push(server);
  return server;
}

const idsOf = ({ requests }: FaultyServer) => requests.map(({ headers }) => headers["webhook-id"]);
const waiting = async (clientId: string) => (await bundle.admin.show(clientId)).waiting;
const results = (...expected: string[]) =>
  eventually(() => expect(bundle.results().toSorted()).toEqual(expected.toSorted()), { timeoutMs: 10_000 });

beforeEach(() => {
  clockAheadMs = 0;
  bundle = anEventsBundle(() => Date.now() + clockAheadMs);
});
afterEach(async () => {
  await bundle.close();
  for (const server of servers.splice(0)) await server.close();
});

describe("an event that is not taken", () => {
  test("comes again under the same id and the same timestamp of the move, until it is taken", async () => {
    const replies = [answer(500), { kind: "reset" } as const, TAKEN];
    const server = await receiver();
    server.reply(() => replies.shift() ?? TAKEN);
    await bundle.register("cloud", server.url, ["delivery.sent"]);
    bundle.work();
    await bundle.delivered("cloud");
    await results("failed", "failed", "taken");
    expect(new Set(idsOf(server)).size).toBe(1);
    expect(new Set(server.requests.map(({ body }) => (JSON.parse(body) as Event).timestamp)).size).toBe(1);
    const failures = await bundle.admin.failures("cloud");
    expect(failures.map(({ event, status, words }) => [event, status, words])).toEqual([
      ["delivery.sent", undefined, "no usable answer (reset)"],
      ["delivery.sent", 500, "HTTP 500"],
    ]);
    expect((await bundle.admin.show("cloud")).health.failures).toBe(0);
  });

  test("is given up after its tries", async () => {
    const server = await receiver(answer(404));
    await bundle.register("cloud", server.url, ["delivery.sent"]);
    bundle.work();
    await bundle.delivered("cloud");
    await results(...QUICK_WAITS_MS.map(() => "failed"), "given_up");
    expect(server.requests).toHaveLength(QUICK_WAITS_MS.length + 1);
    expect(await waiting("cloud")).toBe(0);
    await eventually(async () => expect(await bundle.queues.notify.getJobCounts()).toMatchObject(NOTHING));
  });

  test("waits as long as the endpoint asks, and others of that endpoint with it", async () => {
    const server = await receiver(answer(429, { "retry-after": "2" }));
    await bundle.register("cloud", server.url, ["delivery.sent"]);
    bundle.work();
    await bundle.delivered("cloud");
    await results("failed");
    server.reply(TAKEN);
    const askedAt = performance.now();
    await bundle.delivered("cloud");
    await results("failed", "resting", "taken", "taken");
    expect(performance.now() - askedAt).toBeGreaterThan(1_500);
    expect(server.requests).toHaveLength(3);
  });

  test("by 410 switches the endpoint off at once, told to one operator once", async () => {
    const server = await receiver(answer(410));
    await bundle.register("cloud", server.url);
    bundle.work();
    await bundle.delivered("cloud");
    await eventually(() => expect(disabled()).toHaveLength(1));
    expect(disabled()[0]).toMatchObject({ clientId: "cloud", why: "gone" });
    await eventually(async () => expect(await waiting("cloud")).toBe(0));
    const asked = server.requests.length;
    await bundle.delivered("cloud");
    await bundle.forward();
    expect([await waiting("cloud"), server.requests.length]).toEqual([0, asked]);
    expect((await bundle.admin.show("cloud")).record.disabled?.why).toBe("gone");
    await bundle.admin.enable("cloud");
    server.reply(TAKEN);
    await bundle.delivered("cloud");
    await eventually(() => expect(bundle.results().filter((r) => r === "taken")).toHaveLength(2));
    expect(disabled()).toHaveLength(1);
  });

  test("for five days of failures only switches it off; one success in between begins anew", async () => {
    const server = await receiver(answer(503));
    await bundle.register("cloud", server.url, ["delivery.sent"]);
    bundle.work({ waitsMs: [] });
    const fails = async (times: number) => {
      for (let n = 0; n < times; n++) {
        const before = bundle.results().length;
        await bundle.delivered("cloud");
        await eventually(() => expect(bundle.results().length).toBe(before + 1));
        // Past the rest of an endpoint that fails.
        clockAheadMs += 61_000;
      }
    };
    await fails(12);
    clockAheadMs += 119 * HOUR_MS;
    await fails(1);
    expect(disabled()).toEqual([]);
    server.reply(TAKEN);
    await fails(1);
    server.reply(answer(503));
    clockAheadMs += 24 * HOUR_MS;
    await fails(12);
    expect(disabled()).toEqual([]);
    clockAheadMs += 121 * HOUR_MS;
    await fails(1);
    expect(disabled()).toMatchObject([{ clientId: "cloud", why: "failing" }]);
  }, 60_000);

  test("of a delivery that is forgotten, or of an endpoint that was removed, is let go", async () => {
    const server = await receiver();
    await bundle.register("cloud", server.url, ["delivery.sent"]);
    await bundle.register("other", server.url, ["delivery.sent"]);
    const id = await bundle.delivered("cloud");
    await bundle.delivered("other");
    await bundle.forward();
    await bundle.client.del(bundle.keys.record(id));
    await bundle.admin.remove("other");
    bundle.work();
    await results("unwanted", "unwanted");
    expect(server.requests).toEqual([]);
  });
});

describe("an endpoint that is slow or dead", () => {
  test("delays nobody else's events, and gets few calls at a time", async () => {
    const [slow, quick] = [await receiver({ kind: "hang" }), await receiver()];
    await bundle.register("slow", slow.url, ["delivery.sent"]);
    await bundle.register("quick", quick.url, ["delivery.sent"]);
    for (let n = 0; n < 80; n++) await bundle.delivered("slow");
    await bundle.forward();
    const startedAt = performance.now();
    bundle.work({ waitsMs: SLOW_WAITS_MS });
    await eventually(() => expect(slow.open()).toBe(4));
    for (let n = 0; n < 20; n++) await bundle.delivered("quick");
    await quick.received(20);
    expect(performance.now() - startedAt).toBeLessThan(4_500);
    expect(slow.requests).toHaveLength(4);
    // Five timeouts open its rest: from then on its events fail without a call.
    await eventually(() => expect(bundle.results()).toContain("resting"), { timeoutMs: 15_000 });
    expect(slow.requests.length).toBeLessThan(12);
  });

  test("gets its call ended after five seconds, connecting and body included", async () => {
    const [hangs, trickles] = [await receiver({ kind: "hang" }), await receiver({ kind: "trickle" })];
    await bundle.register("hangs", hangs.url, ["delivery.sent"]);
    await bundle.register("trickles", trickles.url, ["delivery.sent"]);
    bundle.work({ waitsMs: [] });
    await Promise.all([bundle.delivered("hangs"), bundle.delivered("trickles")]);
    // The status is all that counts of one that trickles.
    await results("given_up", "taken");
    const [failure] = await bundle.admin.failures("hangs");
    expect(failure?.words).toBe("no usable answer (timeout)");
    expect(failure!.tookMs).toBeGreaterThan(4_500);
    expect(failure!.tookMs).toBeLessThan(6_500);
  });

  test("has a bounded number of events waiting; what is beyond is dropped and counted", async () => {
    await bundle.register("cloud", "https://cloud.example.org/");
    const { client, keys } = bundle;
    const full = Array.from({ length: EVENTS_WAITING_MAX - 1 }, (_, n) => [Date.now(), `evt_${n}`]).flat();
    await client.zadd(keys.eventsWaiting("cloud"), ...full.map(String));
    await bundle.delivered("cloud");
    expect(await bundle.forward()).toBe(2);
    expect(bundle.results()).toEqual(["dropped"]);
    expect([await bundle.queues.notify.count(), await waiting("cloud")]).toEqual([1, EVENTS_WAITING_MAX]);
  });

  test("with a large body behind its status has taken the event all the same", async () => {
    const server = await receiver(answer(200, {}, "x".repeat(300_000)));
    await bundle.register("cloud", server.url, ["delivery.sent"]);
    bundle.work();
    await bundle.delivered("cloud");
    await results("taken");
  });
});

type Event = { timestamp: string };
const NOTHING = { waiting: 0, active: 0, delayed: 0, failed: 0, completed: 0 };
const disabled = () => bundle.events.filter(({ kind }) => kind === "events.disabled");
