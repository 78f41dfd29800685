import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../src/flows/ports.ts";
import { derivedKeys, createVault } from "../../src/platform/secret.ts";
import { createDeliveryStore } from "../../src/redis/delivery-store.ts";
import { GENERATION_KEPT_MS } from "../../src/redis/key-ring.ts";
import { createKeyStore, KeyRingFault } from "../../src/redis/key-store.ts";
import { failFastClient, whenReady } from "../../src/redis/client.ts";
import { startOwnRedis } from "../support/own-redis.ts";
import { aNewDelivery, aRedisStore, NO_LIMITS, type RedisStoreBundle } from "../support/store-bundle.ts";

describe("the keys of an installation", () => {
  let bundle: RedisStoreBundle;
  beforeEach(() => {
    bundle = aRedisStore();
  });
  afterEach(() => bundle.close());

  let now = Date.now();
  const [first, second] = [randomBytes(32), randomBytes(32)];
  /** What one process has: its master keys, and what it read of the ring. */
  const aProcess = (...masterKeys: Uint8Array[]) => {
    const { client, keys } = bundle;
    const store = createKeyStore({ client, keys, masterKeys: () => masterKeys, now: () => now });
    const deliveries = createDeliveryStore({ client, keys, vault: store, limits: NO_LIMITS });
    return { store, deliveries };
  };
  const opened = async (...masterKeys: Uint8Array[]) => {
    const process = aProcess(...masterKeys);
    await process.store.refresh();
    return process;
  };

  test("are made once, and every process with the master key has the same", async () => {
    const processes = await Promise.all(Array.from({ length: 20 }, () => opened(first)));
    const hashes = processes.map(({ store }) => store.hash("same", "x"));
    expect(new Set(hashes).size).toBe(1);
    expect(processes[1]!.store.open(processes[0]!.store.seal("x", "here"), "here")).toBe("x");
    expect(hashes[0]).not.toBe(createVault(() => derivedKeys(first)).hash("same", "x"));
  });

  test("lie in Redis wrapped: the ring alone opens nothing", async () => {
    const { store } = await opened(first);
    const ring = await bundle.client.get(bundle.keys.keyRing);
    const sealed = store.seal("x", "here");
    const stranger = aProcess(second).store;
    await expect(stranger.refresh()).rejects.toThrow(KeyRingFault);
    await expect(stranger.refresh()).rejects.toThrow(/wrapped with master key [0-9a-f]{8}.*MASTER_KEY_OLD/);
    expect(() => stranger.open(sealed, "here")).toThrow(StoreUnavailable);
    expect(ring).not.toContain(first.toString("base64url"));
  });

  test("of version 0.1.0 stay what they were", async () => {
    await bundle.client.hset(bundle.keys.counts, "accepted", 1);
    const old = createVault(() => derivedKeys(first));
    const { store } = await opened(first);
    expect(store.hash("same", "x")).toBe(old.hash("same", "x"));
    expect(store.open(old.seal("x", "here"), "here")).toBe("x");
    await opened(second, first);
    expect((await aProcess(second, first).store.turn()).seals).toHaveLength(2);
    const later = await opened(second);
    expect(later.store.hash("same", "x")).toBe(old.hash("same", "x"));
    expect(later.store.open(old.seal("x", "here"), "here")).toBe("x");
  });

  test("turn while codes live: both sides of the turn read each other, and hashes stay", async () => {
    const running = await opened(first);
    const restarted = await opened(second, first);
    const before = aNewDelivery({ idempotencyKey: "one" });
    await running.deliveries.create(before);
    expect((await restarted.store.turn()).seals.map(({ generation }) => generation)).toEqual([1, 2]);
    const after = aNewDelivery();
    await restarted.deliveries.create(after);
    const rest = await opened(second);
    for (const { delivery, recipient, content } of [before, after]) {
      const loaded = await rest.deliveries.loadWithSecrets(delivery.id);
      expect(loaded?.secrets).toEqual({ recipient, content });
    }
    expect(await rest.deliveries.create({ ...aNewDelivery(), ...before })).toMatchObject({
      kind: "repeated",
    });
    expect((await running.deliveries.loadWithSecrets(before.delivery.id))?.secrets.content).toBeDefined();
    // Has not been given the new master key, so it cannot follow: it fails and says why, it does not guess.
    await expect(running.deliveries.loadWithSecrets(after.delivery.id)).rejects.toThrow(KeyRingFault);
  });

  test("that turned are read again by a running process when it meets them", async () => {
    const running = await opened(second, first);
    await (await opened(second, first)).store.turn();
    const after = aNewDelivery();
    await (await opened(second)).deliveries.create(after);
    const met = await Promise.all(
      Array.from({ length: 10 }, () => running.deliveries.loadWithSecrets(after.delivery.id)),
    );
    expect(new Set(met.map((one) => one?.secrets.recipient))).toEqual(new Set([after.recipient]));
  });

  test("open nothing with a replaced master key, nor what a destroyed generation sealed", async () => {
    const { store } = await opened(first);
    const sealed = store.seal("x", "here");
    await aProcess(second, first).store.turn();
    await expect(aProcess(first).store.refresh()).rejects.toThrow(KeyRingFault);
    now += GENERATION_KEPT_MS - 1_000;
    const last = await opened(second);
    expect(last.store.open(sealed, "here")).toBe("x");
    now += 2_000;
    await last.store.refresh();
    expect(() => last.store.open(sealed, "here")).toThrow("Sealed by generation 1");
    expect((await aProcess(second).store.ring()).seals.map(({ generation }) => generation)).toEqual([2]);
  });

  test("turn once when two want to at the same time, or one after the other", async () => {
    const turns = await Promise.allSettled([1, 2, 3].map(() => aProcess(second, first).store.turn()));
    const done = turns.filter(({ status }) => status === "fulfilled").length;
    expect(done).toBeGreaterThan(0);
    const { seals } = await aProcess(second).store.ring();
    expect(seals).toHaveLength(1 + done);
    expect(new Set(seals.map(({ generation }) => generation)).size).toBe(seals.length);
  });

  test("that were tampered with are no keys", async () => {
    const { store } = await opened(first);
    const ring = await store.ring();
    const [seal] = ring.seals;
    const moved = { ...ring, lookup: seal!.key };
    await bundle.client.set(bundle.keys.keyRing, JSON.stringify(moved));
    await expect(aProcess(first).store.refresh()).rejects.toThrow();
  });
});

test("a process without keys takes nothing on and says that the store is away", async () => {
  const own = await startOwnRedis();
  const client = failFastClient(own.address, "keys");
  client.on("error", () => undefined);
  await whenReady(client, 5_000);
  const { keys } = aRedisStore(NO_LIMITS, client, "{keys}");
  const store = createKeyStore({ client, keys, masterKeys: () => [randomBytes(32)], now: Date.now });
  const deliveries = createDeliveryStore({ client, keys, vault: store, limits: NO_LIMITS });
  expect(store.isOpen()).toBe(false);
  await expect(deliveries.create(aNewDelivery())).rejects.toThrow(StoreUnavailable);
  await own.stop();
  await expect(store.refresh()).rejects.toThrow(StoreUnavailable);
  client.disconnect();
});
