import type { RedisKey } from "ioredis";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../src/flows/ports.ts";
import { failFastClient, whenReady } from "../../src/redis/client.ts";
import { createClientAdmin } from "../../src/redis/client-admin.ts";
import { ClientFault } from "../../src/redis/client-fault.ts";
import { createClients } from "../../src/redis/clients.ts";
import { createKeys } from "../../src/redis/keys.ts";
import { eventually } from "../support/eventually.ts";
import { startOwnRedis } from "../support/own-redis.ts";
import { connectTestRedis, freshPrefix } from "../support/redis.ts";
import { keysUnder } from "../support/store-bundle.ts";

const NEW = { id: "cloud", name: "Cloud", region: "DE", telegramConsentBy: undefined };
const secretOf = (key: string) => key.slice(key.indexOf(".") + 1);

describe("clients", () => {
  const open = () => {
    const client = connectTestRedis();
    const keys = createKeys(freshPrefix());
    let elapsedMs = 0;
    const admin = createClientAdmin({ client, keys, now: Date.now });
    const clients = createClients({ client, keys, elapsed: () => elapsedMs });
    /** What the cache holds is stale after a second. */
    const later = (ms = 1_000) => {
      elapsedMs += ms;
    };
    return { client, keys, admin, clients, later };
  };
  let opened: ReturnType<typeof open>;
  beforeEach(() => {
    opened = open();
  });
  afterEach(async () => {
    await opened.client.unlink(["none", ...(await keysUnder(opened.client, opened.keys.prefix))]);
    opened.client.disconnect();
  });

  test("a new client is known by the key that it was given once", async () => {
    const { admin, clients } = opened;
    const key = await admin.add({ ...NEW, telegramConsentBy: "admin" });
    expect(key).toMatch(/^cloud\.[\w-]{43}$/);
    expect(await clients.authenticate("cloud", secretOf(key))).toMatchObject({
      id: "cloud",
      region: "DE",
      consents: { telegram: { by: "admin" } },
    });
  });

  test.each(["", "x", "A".repeat(43), "A".repeat(10_000)])(
    "a wrong secret is refused (%#)",
    async (secret) => {
      await opened.admin.add(NEW);
      expect(await opened.clients.authenticate("cloud", secret)).toBeUndefined();
    },
  );

  test("an unknown client is refused like a wrong secret, and a key fits its own client only", async () => {
    const { admin, clients } = opened;
    const key = await admin.add(NEW);
    await admin.add({ ...NEW, id: "other" });
    expect(await clients.authenticate("nobody", secretOf(key))).toBeUndefined();
    expect(await clients.authenticate("nobody", "")).toBeUndefined();
    expect(await clients.authenticate("other", secretOf(key))).toBeUndefined();
  });

  test("no secret is stored", async () => {
    const { admin, client, keys } = opened;
    const secret = secretOf(await admin.add(NEW));
    expect(await client.get(keys.client("cloud"))).not.toContain(secret);
    expect(JSON.stringify(await admin.list())).not.toContain(secret);
  });

  test("an id is given once", async () => {
    const { admin, clients } = opened;
    const key = await admin.add(NEW);
    await expect(admin.add(NEW)).rejects.toThrow(ClientFault);
    expect(await clients.authenticate("cloud", secretOf(key))).toBeDefined();
    await admin.add({ ...NEW, id: "another" });
    expect((await admin.list()).map(({ id }) => id)).toEqual(["another", "cloud"]);
  });

  test("an old key works until its grace is over, the new one at once", async () => {
    const { admin, clients, later } = opened;
    const old = await admin.add(NEW);
    await clients.authenticate("cloud", secretOf(old));
    const fresh = await admin.rotate("cloud", 300);
    later();
    expect(await clients.authenticate("cloud", secretOf(fresh))).toBeDefined();
    expect(await clients.authenticate("cloud", secretOf(old))).toBeDefined();
    await eventually(async () => expect(await clients.authenticate("cloud", secretOf(old))).toBeUndefined());
    expect(await clients.authenticate("cloud", secretOf(fresh))).toBeDefined();
  });

  test("a revoked key stops working within a second", async () => {
    const { admin, clients, later } = opened;
    const first = await admin.add(NEW);
    const second = await admin.rotate("cloud", 60_000);
    expect(await clients.authenticate("cloud", secretOf(first))).toBeDefined();
    const { keys } = (await admin.list())[0]!;
    expect(await admin.revoke("cloud", keys[0]!.id)).toBe(1);
    later(1_000);
    expect(await clients.authenticate("cloud", secretOf(first))).toBeUndefined();
    expect(await clients.authenticate("cloud", secretOf(second))).toBeDefined();
    expect(await admin.revoke("cloud", undefined)).toBe(1);
    later(1_000);
    expect(await clients.authenticate("cloud", secretOf(second))).toBeUndefined();
  });

  test("changes at the same instant are all made", async () => {
    const { admin, clients } = opened;
    const first = await admin.add(NEW);
    const limits = [{ perDay: 50 }, { spendMicros: 7_000_000 }, { countries: ["49"] }, { allowOther: true }];
    const [rotated] = await Promise.all([
      Promise.all(Array.from({ length: 5 }, () => admin.rotate("cloud", 60_000))),
      ...limits.map((limit) => admin.limit("cloud", limit)),
    ]);
    for (const key of [first, ...rotated]) {
      expect(await clients.authenticate("cloud", secretOf(key))).toBeDefined();
    }
    expect((await admin.list())[0]).toMatchObject({ limits: Object.assign({}, ...limits) });
  });

  test("what is not there is named as such", async () => {
    await expect(opened.admin.rotate("nobody", 0)).rejects.toThrow("no client nobody");
    await opened.admin.add(NEW);
    await expect(opened.admin.revoke("cloud", "abcdef")).rejects.toThrow("no key abcdef");
  });

  test("a client is read once for many requests at once", async () => {
    const { admin, clients, client } = opened;
    const key = await admin.add(NEW);
    const get = client.get.bind(client);
    let reads = 0;
    client.get = (name: RedisKey) => {
      reads += 1;
      return get(name);
    };
    await Promise.all(Array.from({ length: 100 }, () => clients.authenticate("cloud", secretOf(key))));
    await clients.authenticate("cloud", secretOf(key));
    expect(reads).toBe(1);
  });
});

test("while Redis is away a remembered client is still known for ten minutes, others are not", async () => {
  const own = await startOwnRedis();
  const client = failFastClient(own.address, "clients");
  client.on("error", () => undefined);
  await whenReady(client, 5_000);
  const keys = createKeys("{otpost}");
  let elapsedMs = 0;
  const clients = createClients({ client, keys, elapsed: () => elapsedMs });
  const key = await createClientAdmin({ client, keys, now: Date.now }).add(NEW);
  expect(await clients.authenticate("cloud", secretOf(key))).toBeDefined();
  await own.stop();
  elapsedMs = 599_000;
  expect(await clients.authenticate("cloud", secretOf(key))).toBeDefined();
  expect(await clients.authenticate("cloud", "wrong")).toBeUndefined();
  await expect(clients.authenticate("other", "any")).rejects.toBeInstanceOf(StoreUnavailable);
  elapsedMs = 601_000;
  await expect(clients.authenticate("cloud", secretOf(key))).rejects.toBeInstanceOf(StoreUnavailable);
  client.disconnect();
});
