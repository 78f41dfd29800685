import { v7 } from "uuid";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Delivery } from "../../src/core/delivery.ts";
import { find, type FindQuery } from "../../src/flows/find.ts";
import { createFinder, FOUND_MAX } from "../../src/redis/find.ts";
import { aRedisBundle, aRequest, type RedisBundle } from "../support/redis-bundle.ts";
import { aChange, aNewDelivery, aNumber, keysUnder } from "../support/store-bundle.ts";

const HOUR_MS = 3_600_000;

let bundle: RedisBundle;
let passed: number;
beforeEach(() => {
  bundle = aRedisBundle({ limits: { per10Min: 100, perDay: 0 } });
  passed = 0;
});
afterEach(() => bundle.close());

function aFinder() {
  const { client, keys, vault } = bundle;
  return createFinder({
    client,
    keys,
    vault,
    providers: () => ["seven", "telegram-gateway", "seven"],
    now: () => Date.now() + passed,
  });
}

/** As if it had been taken on then: its id begins with the instant. */
async function stored(recipient: string, at: number, more: Partial<Delivery> = {}) {
  const delivery = { id: v7({ msecs: at }), createdAt: at, expiresAt: at + 300_000, ...more };
  const entry = { ...aNewDelivery({ delivery }), recipient: recipient as never };
  expect(await bundle.store.create(entry)).toMatchObject({ kind: "created" });
  return entry.delivery.id;
}

describe("a delivery is found", () => {
  test("by its number, newest first, and by no other", async () => {
    const [recipient, other] = [aNumber(), aNumber()];
    const now = Date.now();
    const ids = [];
    for (const ago of [71 * HOUR_MS, 30 * HOUR_MS, HOUR_MS, 20, 10])
      ids.push(await stored(recipient, now - ago));
    await stored(other, now);
    const found = await aFinder().byNumber(recipient);
    expect(found.deliveries.map((d) => d.id)).toEqual(ids.toReversed());
    expect(found.more).toBe(false);
    expect((await aFinder().byNumber(aNumber())).deliveries).toEqual([]);
  });

  test("by the number within one client, also behind many of another", async () => {
    const recipient = aNumber();
    const now = Date.now();
    const wanted = await stored(recipient, now - 2 * HOUR_MS, { clientId: "small" });
    for (let i = 0; i < FOUND_MAX + 5; i++) await stored(recipient, now - i);
    const finder = aFinder();
    expect((await finder.byNumber(recipient, "small")).deliveries.map((d) => d.id)).toEqual([wanted]);
    const all = await finder.byNumber(recipient);
    expect([all.deliveries.length, all.more]).toEqual([FOUND_MAX, true]);
  });

  test("by the client's reference, by our id, an attempt's reference and the provider's message id", async () => {
    const recipient = aNumber();
    const id = await stored(recipient, Date.now(), { reference: "ticket-7" });
    const finder = aFinder();
    const idsOf = async (found: Promise<{ deliveries: Delivery[] }>) =>
      (await found).deliveries.map((d) => d.id);
    expect(await idsOf(finder.byReference("ticket-7"))).toEqual([id]);
    expect(await idsOf(finder.byReference("ticket-7", "another"))).toEqual([]);
    expect(await idsOf(finder.byReference("ticket-8"))).toEqual([]);
    expect((await finder.byId(` ${id.toUpperCase()}-1 `))?.id).toBe(id);
    expect(await finder.byId(v7())).toBeUndefined();
    const from = (await bundle.store.load(id))!;
    const binds = [{ provider: "telegram-gateway", messageId: "m-77", attempt: 1 }];
    await bundle.store.save(aChange(from, "intended", { binds }));
    expect(await idsOf(finder.byMessage("m-77"))).toEqual([id]);
    expect(await idsOf(finder.byMessage("m-77", "seven"))).toEqual([]);
  });

  test("as long as it is kept: the index ends with it", async () => {
    await stored(aNumber(), Date.now(), { reference: "r" });
    const sets = await keysUnder(bundle.client, `${bundle.keys.prefix}:find:`);
    expect(sets).toHaveLength(2);
    for (const key of sets) {
      const left = await bundle.client.pttl(key);
      expect(left).toBeGreaterThan(72 * HOUR_MS);
      expect(left).toBeLessThan(74 * HOUR_MS);
    }
  });

  test("once, however often its text is asked for, and no number or reference is readable", async () => {
    const request = { ...aRequest(), reference: "R-123456" };
    await Promise.all([1, 2, 3].map(() => bundle.accept(request)));
    expect((await aFinder().byNumber(request.recipient)).deliveries).toHaveLength(1);
    const keys = await keysUnder(bundle.client, `${bundle.keys.prefix}:find`);
    const members = await Promise.all(keys.map((key) => bundle.client.zrangeBuffer(key, "0", "-1")));
    const text = Buffer.concat([...members.flat(), ...keys.map((key) => Buffer.from(key))]).toString(
      "latin1",
    );
    expect(text).not.toContain(request.recipient.slice(4));
    expect(text).not.toContain("123456");
  });
});

describe("a search", () => {
  const deps = () => ({
    finder: aFinder(),
    refusals: bundle.refusals,
    clients: async () => [{ id: "cloud", region: "DE" }, { id: "vienna", region: "AT" }, { id: "none" }],
  });
  const search = (query: Partial<FindQuery> & { text: string }) => find(deps(), { by: "number", ...query });

  test("reads a national number by the region of the client, and asks where two could be meant", async () => {
    const id = await stored("+496641234567", Date.now());
    expect(await search({ text: "0664 1234567" })).toMatchObject({ kind: "several" });
    const found = { kind: "found", deliveries: [{ id }], refusals: [] };
    expect(await search({ text: "0664 1234567", region: "DE" })).toMatchObject(found);
    expect(await search({ text: "0664/1234567", clientId: "cloud" })).toMatchObject(found);
    expect(await search({ text: "0664/1234567", clientId: "vienna" })).toMatchObject({ kind: "nothing" });
    expect(await search({ text: "Anna" })).toEqual({ kind: "unreadable", fault: "not_a_number" });
  });

  test("that finds nothing tells refusals, when clients last sent, and since when was searched", async () => {
    await bundle.accept();
    const recipient = aNumber();
    const finder = aFinder();
    await finder.begin();
    const began = Date.now();
    bundle.refusals.record(recipient, { at: began, clientId: "cloud", reason: "blocked", door: "playsms" });
    await bundle.refusals.close();
    const result = await search({ text: recipient });
    expect(result).toMatchObject({ kind: "nothing", refusals: [{ reason: "blocked", door: "playsms" }] });
    if (result.kind !== "nothing") throw new Error(result.kind);
    const { lastSent, searchedSince, lastLoginAt } = result.silence;
    expect(lastSent).toEqual([{ clientId: "cloud", at: expect.any(Number) }]);
    expect(Math.abs((lastSent[0]?.at ?? 0) - began)).toBeLessThan(5_000);
    expect(Math.abs(searchedSince - began)).toBeLessThan(5_000);
    expect(lastLoginAt).toBeUndefined();
    expect(await search({ text: recipient, clientId: "vienna" })).toMatchObject({
      silence: { lastSent: [] },
    });
  });

  test("searches three days once the index is older than that, and keeps its begin over starts", async () => {
    await aFinder().begin();
    passed = 200 * HOUR_MS;
    await aFinder().begin();
    const { searchedSince } = await aFinder().silence(undefined);
    expect(Date.now() + passed - searchedSince).toBeLessThan(72 * HOUR_MS + 5_000);
  });

  test("knows when a login last arrived there", async () => {
    const recipient = aNumber();
    await bundle.client.set(
      bundle.keys.good(bundle.vault.hash("recipient", recipient)),
      1,
      "PX",
      29 * 24 * HOUR_MS,
    );
    const { lastLoginAt = 0 } = await aFinder().silence(recipient);
    expect(Math.abs(Date.now() - 24 * HOUR_MS - lastLoginAt)).toBeLessThan(5_000);
  });
});
