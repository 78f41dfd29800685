import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventSchema } from "../../src/http/view-schema.ts";
import { anEventsBundle, type EventsBundle } from "../support/events-bundle.ts";
import { eventually } from "../support/eventually.ts";
import { type FaultyServer, type Received, startFaultyServer } from "../support/faulty-server.ts";

type Reply = Parameters<typeof startFaultyServer>[0];

const TAKEN: Reply = { kind: "answer", status: 204, body: "" };
const HOUR_MS = 3_600_000;

let bundle: EventsBundle;
let clockAheadMs = 0;
const servers: FaultyServer[] = [];

async function receiver(first: Reply = TAKEN): Promise<FaultyServer> {
  const server = await startFaultyServer(first);
  servers.push(server);
  return server;
}

const typesOf = ({ requests }: FaultyServer) =>
  requests.map(({ body }) => (JSON.parse(body) as { type: string }).type).toSorted();
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

describe("what becomes of a code", () => {
  test("is told once for each move, signed, and by a body that a library and the documents know", async () => {
    const server = await receiver();
    const secret = await bundle.register("cloud", `${server.url}/hook?team=7`);
    bundle.work();
    const id = await bundle.delivered("cloud", { reference: "session-17" });
    await results("taken", "taken");
    expect(typesOf(server)).toEqual(["delivery.delivered", "delivery.sent"]);
    const { method, path, headers, body } = server.requests[0]!;
    expect([method, path, headers["content-type"]]).toEqual(["POST", "/hook?team=7", "application/json"]);
    const event = eventSchema.parse(new Webhook(secret).verify(body, headers));
    expect(event.data).toMatchObject({ id, reference: "session-17", recipient: "+49*********67" });
    const late = { ...headers, "webhook-timestamp": String(Math.floor(Date.now() / 1_000) - 301) };
    expect(() => new Webhook(secret).verify(body, late)).toThrow("too old");
    expect(() => new Webhook(secret).verify(body.replace("login", "test"), headers)).toThrow("signature");
    expect(await waiting("cloud")).toBe(0);
  });

  test("is not stored anywhere for a client without an address, and not fetched for one that is switched off", async () => {
    const server = await receiver();
    await bundle.delivered("nobody");
    expect(await bundle.client.zcard(bundle.keys.eventsOutbox)).toBe(0);
    await bundle.register("cloud", server.url);
    await bundle.admin.disable("cloud");
    await bundle.delivered("cloud");
    expect(await bundle.forward()).toBe(2);
    expect([await bundle.queues.notify.count(), await waiting("cloud")]).toEqual([0, 0]);
  });

  test("is told as far as the client wants it", async () => {
    const server = await receiver();
    await bundle.register("cloud", server.url, ["delivery.delivered"]);
    bundle.work();
    await bundle.delivered("cloud");
    await results("taken");
    expect(typesOf(server)).toEqual(["delivery.delivered"]);
  });

  test("is in the queue by names alone", async () => {
    await bundle.register("cloud", "https://cloud.example.org/");
    const id = await bundle.delivered("cloud");
    expect(await bundle.forward()).toBe(2);
    const jobs = await bundle.queues.notify.getJobs(["waiting"]);
    expect(jobs.map((job) => String(job.id)).toSorted()).toEqual([`evt_${id}_delivered`, `evt_${id}_sent`]);
    for (const { data } of jobs) {
      expect(Object.keys(data as object).toSorted()).toEqual(["at", "clientId", "deliveryId", "event"]);
    }
  });

  test("is fetched again after a worker died with it, and told under the same id", async () => {
    const server = await receiver();
    await bundle.register("cloud", server.url, ["delivery.delivered"]);
    await bundle.delivered("cloud");
    const { client, keys } = bundle;
    const found = await client.zrange(keys.eventsOutbox, "0", "-1");
    // As if the one that had claimed them had died before it could hand them on.
    for (const one of found) await client.zadd(keys.eventsOutbox, String(Date.now() + 10_000), one);
    expect(await bundle.forward()).toBe(0);
    clockAheadMs = 10_001;
    expect(await bundle.forward()).toBe(2);
    // And as if it had died after that, before it could forget them.
    for (const one of found) await client.zadd(keys.eventsOutbox, String(Date.now()), one);
    expect(await bundle.forward()).toBe(2);
    bundle.work();
    await results("taken");
    expect(server.requests).toHaveLength(1);
  });
});

describe("secrets", () => {
  const fits = (secret: string, { body, headers }: Received) => {
    try {
      return Boolean(new Webhook(secret).verify(body, headers));
    } catch {
      return false;
    }
  };

  test("overlap while one takes the place of another, and no longer", async () => {
    const server = await receiver();
    const first = await bundle.register("cloud", server.url, ["delivery.sent"]);
    bundle.work();
    const next = async () => {
      await bundle.delivered("cloud");
      const nth = server.requests.length + 1;
      await server.received(nth);
      return server.requests[nth - 1]!;
    };
    const second = (await bundle.admin.rotate("cloud", HOUR_MS)).secret;
    const both = await next();
    expect(both.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    expect([fits(first, both), fits(second, both)]).toEqual([true, true]);
    clockAheadMs = HOUR_MS + 1;
    const later = await next();
    expect([fits(first, later), fits(second, later)]).toEqual([false, true]);
    const third = (await bundle.admin.rotate("cloud", 0)).secret;
    const last = await next();
    expect([fits(second, last), fits(third, last)]).toEqual([false, true]);
  });

  test("are sealed in Redis, kept by a changed address and shown by no list", async () => {
    const secret = await bundle.register("cloud", "https://cloud.example.org/");
    expect(await bundle.admin.set("cloud", "https://other.example.org/", undefined)).toBeUndefined();
    expect((await bundle.admin.open("cloud")).secrets).toEqual([secret]);
    const stored = await bundle.client.hgetall(bundle.keys.endpoints);
    expect(JSON.stringify(stored)).not.toContain(secret.slice(6));
    expect(JSON.stringify(stored)).not.toContain("whsec_");
    await bundle.admin.reseal();
    expect((await bundle.admin.open("cloud")).secrets).toEqual([secret]);
    await bundle.client.hset(bundle.keys.endpoints, "thief", stored["cloud"]!);
    await expect(bundle.admin.open("thief")).rejects.toThrow();
  });

  test("an unknown client gets no address, and one without has nothing to change", async () => {
    await expect(bundle.admin.set("nobody", "https://a.example/", undefined)).rejects.toThrow(
      "no client nobody",
    );
    await expect(bundle.admin.rotate("nobody", 0)).rejects.toThrow("no client nobody");
  });
});
