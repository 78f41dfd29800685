import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { v7 } from "uuid";
import { StoreUnavailable } from "../../src/flows/ports.ts";
import { PARKED_MAX } from "../../src/redis/keys.ts";
import { CIRCUIT_RULES, openAtOnce } from "../../src/core/circuit.ts";
import { createCircuitStore } from "../../src/redis/circuit-store.ts";
import { createPacer } from "../../src/redis/pacer.ts";
import { createReach } from "../../src/redis/reach.ts";
import { deriveKey, newNonce, sealBytes } from "../../src/platform/secret.ts";
import { aReport, aRoute, testRules } from "../support/build.ts";
import { redisStraws } from "../support/haystack.ts";
import { findLeaks, type Straw, straw } from "../support/leak-scan.ts";
import {
  aChange,
  aNewDelivery,
  aNumber,
  aRedisStore,
  keysUnder,
  type RedisStoreBundle,
} from "../support/store-bundle.ts";

const CODE = "483920";
const SHARED = testRules({
  routes: [aRoute({ id: "seven-sms", account: "seven" }), aRoute({ id: "seven-voice", account: "seven" })],
});

describe("the delivery store in Redis", () => {
  let bundle: RedisStoreBundle;
  beforeEach(() => {
    bundle = aRedisStore({ per10Min: 5, perDay: 20 });
  });
  afterEach(() => bundle.close());

  /** One of each kind of key. */
  const filled = async () => {
    const { store } = bundle;
    const entry = aNewDelivery({ idempotencyKey: "key-of-a-caller", fingerprint: "body-of-a-caller" });
    await store.create(entry);
    const intended = aChange((await store.load(entry.delivery.id))!, "intended");
    await store.save(intended);
    const binds = [{ provider: "seven", messageId: "m1", attempt: 1 }];
    await store.save(aChange({ delivery: intended.to, version: 2 }, "accepted", { binds }));
    await store.park("seven", aReport("delivered", { providerMessageId: "m2" }));
    return entry;
  };
  const dump = (): Promise<Straw[]> => redisStraws(bundle.client, `${bundle.keys.prefix}*`);

  test("holds neither code, text nor number in any key or value", async () => {
    const { recipient, delivery } = await filled();
    const all = await dump();
    expect(all.some(({ bytes }) => bytes.includes(delivery.id))).toBe(true);
    const words = ["is your code", "key-of-a-caller", "body-of-a-caller"];
    expect(findLeaks(all, { codes: [CODE, ...words], numbers: [recipient] })).toEqual([]);
    const planted = [...all, straw("planted", Buffer.concat([Buffer.of(2, 0, 255), Buffer.from(recipient)]))];
    expect(findLeaks(planted, { codes: [], numbers: [recipient] })).not.toEqual([]);
  });

  test("erases the sealed content at the end and keeps the sealed number", async () => {
    const { delivery } = await filled();
    const key = bundle.keys.record(delivery.id);
    expect(Object.keys(await bundle.client.hgetall(key)).toSorted()).toEqual([
      "c",
      "doc",
      "n",
      "r",
      "s",
      "v",
    ]);
    await bundle.store.save(aChange((await bundle.store.load(delivery.id))!, "verified"));
    expect(Object.keys(await bundle.client.hgetall(key)).toSorted()).toEqual(["doc", "n", "r", "s", "v"]);
  });

  test.each(["n", "c"])(
    "does not open a sealed value that was moved to another record (%s)",
    async (field) => {
      const [a, b] = [aNewDelivery(), aNewDelivery()];
      for (const entry of [a, b]) await bundle.store.create(entry);
      const [from, to] = [a, b].map(({ delivery }) => bundle.keys.record(delivery.id)) as [string, string];
      await bundle.client.hset(to, field, (await bundle.client.hgetBuffer(from, field))!);
      const opening = bundle.store.loadWithSecrets(b.delivery.id);
      await expect(opening).rejects.toThrow();
      await expect(opening).rejects.not.toBeInstanceOf(StoreUnavailable);
      expect((await bundle.store.loadWithSecrets(a.delivery.id))?.secrets.content?.code).toBe(CODE);
    },
  );

  test("opens what version 0.1.0 sealed as text", async () => {
    const { delivery } = await filled();
    const { client, keys, masterKey } = bundle;
    const context = `${delivery.id}|${delivery.clientId}|${delivery.expiresAt}`;
    const sealed = (plain: string) => {
      const key = deriveKey(masterKey, "otpost sealing v1");
      return `1${sealBytes(key, newNonce(), Buffer.from(plain), context).toString("base64url")}`;
    };
    await client.hset(keys.record(delivery.id), {
      v: 1,
      n: sealed("+4915199887766"),
      c: sealed(JSON.stringify({ code: CODE, text: `${CODE} ÄÖ` })),
    });
    expect((await bundle.store.loadWithSecrets(delivery.id))?.secrets).toEqual({
      recipient: "+4915199887766",
      content: { code: CODE, text: `${CODE} ÄÖ` },
    });
  });

  test("knows an idempotency key that version 0.1.0 stored with a longer fingerprint", async () => {
    const entry = await filled();
    const { client, keys, vault } = bundle;
    const { id, clientId } = entry.delivery;
    const key = keys.idempotency(vault.hash("idem", clientId, "key-of-a-caller"));
    await client.set(key, vault.hash("fingerprint", "body-of-a-caller") + id);
    const again = (fingerprint: string) =>
      bundle.store.create(aNewDelivery({ idempotencyKey: "key-of-a-caller", fingerprint }));
    expect(await again("body-of-a-caller")).toMatchObject({ kind: "repeated", by: "key", delivery: { id } });
    expect(await again("another body")).toEqual({ kind: "key_conflict" });
  });

  test("a damaged record is an error of its own, not an absent Redis", async () => {
    const { delivery } = await filled();
    await bundle.client.hset(bundle.keys.record(delivery.id), "doc", "[]");
    const loading = bundle.store.load(delivery.id);
    await expect(loading).rejects.toThrow("damaged");
    await expect(loading).rejects.not.toBeInstanceOf(StoreUnavailable);
  });

  test("gives every key an end, but for the lists of what is open, the counters, the circuits and who sent last", async () => {
    await filled();
    const { client, keys, vault } = bundle;
    await createReach(client, keys, vault).remember("telegram-gateway", aNumber(), true);
    await createPacer(client, keys, SHARED).turn("seven-sms", new AbortController().signal);
    const circuits = createCircuitStore(client, keys);
    await circuits.change("route:seven-sms", (c) => openAtOnce(c, Date.now(), CIRCUIT_RULES));
    await circuits.winProbe("route:seven-sms", 10_000);
    const { open, due, counts, lastSent, prefix } = keys;
    const endless = [];
    const kinds = new Set<string>();
    for (const key of await keysUnder(bundle.client, prefix)) {
      kinds.add(key.slice(prefix.length).split(":")[1]!);
      if ((await bundle.client.pttl(key)) < 0) endless.push(key);
    }
    expect(endless.toSorted()).toEqual([counts, due, lastSent, open, keys.circuits].toSorted());
    expect([...kinds].toSorted()).toEqual(
      "came circuits counts d due find idem lastsent msg open park parked probe reach same sends slot turns".split(
        " ",
      ),
    );
  });

  test("the lists of what is open are empty when everything has ended", async () => {
    const { delivery } = await filled();
    await bundle.store.save(
      aChange((await bundle.store.load(delivery.id))!, "cancelled", { dueAt: undefined }),
    );
    expect(await bundle.client.exists(bundle.keys.open, bundle.keys.due)).toBe(0);
  });

  test.each(["claimDue", "open"] as const)("%s forgets deliveries whose record has gone", async (method) => {
    const entries = Array.from({ length: 6 }, () => aNewDelivery({ dueAt: Date.now() - 1_000 }));
    for (const entry of entries) await bundle.store.create(entry);
    const gone = entries.slice(0, 3).map(({ delivery }) => bundle.keys.record(delivery.id));
    await bundle.client.unlink(gone);
    const left = entries.slice(3).map(({ delivery }) => delivery.id);
    if (method === "claimDue") expect(await bundle.store.claimDue(Date.now(), 10, 1_000)).toEqual(left);
    else {
      const page = await bundle.store.open({ offset: 0, limit: 3 });
      expect(page.map(({ delivery }) => delivery.id)).toEqual(left);
    }
    expect(await bundle.client.zrange(bundle.keys.open, "0", "-1")).toEqual(left);
  });

  test("writes no timer for an ended delivery, and forgets one that is there", async () => {
    const { store, client, keys } = bundle;
    const { delivery } = await filled();
    await store.save(aChange((await store.load(delivery.id))!, "cancelled", { dueAt: undefined }));
    await store.setDue(delivery.id, 1);
    expect(await client.zscore(keys.due, delivery.id)).toBeNull();
    await client.zadd(keys.due, 1, delivery.id);
    expect(await store.claimDue(Date.now(), 10, 1_000)).toEqual([]);
    expect(await client.zscore(keys.due, delivery.id)).toBeNull();
  });

  test("counts sends anew when a window is over, while the day goes on", async () => {
    const { store, client, keys, vault } = bundle;
    const { recipient } = aNewDelivery();
    const sends = keys.sends("login", vault.hash("recipient", recipient));
    const [past, future] = [Date.now() - 1, Date.now() + 3_600_000];
    await client.set(sends, `5 ${past} 18 ${future}`);
    for (let i = 0; i < 2; i++)
      expect(await store.create(aNewDelivery({ recipient }))).toMatchObject({ kind: "created" });
    expect(await client.get(sends)).toMatch(new RegExp(`^2 \\d+ 20 ${future}\\|[\\w-]+:[0-9a-f-]{36}$`));
    const refused = await store.create(aNewDelivery({ recipient }));
    expect(refused).toMatchObject({ kind: "recipient_limit", retryAfterMs: expect.any(Number) });
    expect(refused.kind === "recipient_limit" && refused.retryAfterMs).toBeGreaterThan(3_500_000);
  });

  test(`keeps parked reports of at most ${PARKED_MAX} messages, the newest`, async () => {
    const { store, client, keys } = bundle;
    const ids = Array.from({ length: PARKED_MAX + 50 }, () => v7());
    for (let i = 0; i < ids.length; i += 500) {
      const some = ids.slice(i, i + 500);
      await Promise.all(
        some.map((id) => store.park("seven", aReport("delivered", { providerMessageId: id }))),
      );
    }
    expect(await client.zcard(keys.parkedIndex)).toBe(PARKED_MAX);
    expect((await keysUnder(client, `${keys.prefix}:park:`)).length).toBe(PARKED_MAX);
    expect(await store.parked("seven", ids.at(-1)!)).toHaveLength(1);
  });
});
