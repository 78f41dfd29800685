import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClientAdmin } from "../../src/redis/client-admin.ts";
import { ClientFault } from "../../src/redis/client-fault.ts";
import { GENERATION_KEPT_MS } from "../../src/redis/key-ring.ts";
import { createKeyStore } from "../../src/redis/key-store.ts";
import { createSigners } from "../../src/redis/signers.ts";
import { createSigningAdmin } from "../../src/redis/signing-keys.ts";
import { aRedisStore, type RedisStoreBundle } from "../support/store-bundle.ts";

const CLIENT = { name: "IdP", region: "DE", telegramConsentBy: undefined };

describe("keys that clients sign with", () => {
  let bundle: RedisStoreBundle;
  let now = Date.now();
  const [first, second] = [randomBytes(32), randomBytes(32)];

  /** One process: its keys as it read them, and a memory of clients that is stale after a second. */
  const aProcess = async (...masterKeys: Uint8Array[]) => {
    const { client, keys } = bundle;
    const store = createKeyStore({ client, keys, masterKeys: () => masterKeys, now: () => now });
    await store.refresh();
    let elapsedMs = 0;
    const signers = createSigners({ client, keys, vault: store, elapsed: () => (elapsedMs += 1_000) });
    const admin = createSigningAdmin({ client, keys, vault: store, now: () => now });
    return { store, signers, admin, clients: createClientAdmin({ client, keys, now: () => now }) };
  };

  beforeEach(async () => {
    bundle = aRedisStore();
    const { clients } = await aProcess(first);
    for (const id of ["idp", "other"]) await clients.add({ ...CLIENT, id });
  });
  afterEach(() => bundle.close());

  test("are found by client and scheme, and unknown clients have none", async () => {
    const { admin, signers } = await aProcess(first);
    await admin.add("idp", "zitadel", "key of zitadel");
    await admin.add("idp", "supabase", "whsec_key");
    expect(await signers.find("idp", "zitadel")).toMatchObject({
      client: { id: "idp", region: "DE" },
      keys: ["key of zitadel"],
    });
    expect(await signers.find("idp", "supabase")).toMatchObject({ keys: ["whsec_key"] });
    expect(await signers.find("other", "zitadel")).toMatchObject({ keys: [] });
    expect(await signers.find("nobody", "zitadel")).toBeUndefined();
    await expect(admin.add("nobody", "zitadel", "x")).rejects.toThrow(ClientFault);
  });

  test("two of a kind are live, a third ends the oldest, and each can be dropped", async () => {
    const { admin, signers } = await aProcess(first);
    const one = await admin.add("idp", "zitadel", "one");
    await admin.add("idp", "supabase", "another kind");
    const two = await admin.add("idp", "zitadel", "two");
    expect([one.replaced, two.replaced]).toEqual([[], []]);
    expect((await admin.add("idp", "zitadel", "three")).replaced).toEqual([one.id]);
    expect((await signers.find("idp", "zitadel"))?.keys).toEqual(["two", "three"]);
    await admin.drop("idp", "zitadel", two.id);
    expect((await signers.find("idp", "zitadel"))?.keys).toEqual(["three"]);
    expect((await signers.find("idp", "supabase"))?.keys).toEqual(["another kind"]);
    await expect(admin.drop("idp", "zitadel", two.id)).rejects.toThrow(`no zitadel key ${two.id}`);
  });

  test("lie sealed in Redis, bound to their client", async () => {
    const { admin, signers } = await aProcess(first);
    await admin.add("idp", "zitadel", "key-of-zitadel");
    const { client, keys } = bundle;
    const record = (await client.get(keys.client("idp"))) ?? "";
    expect(record).not.toMatch(/key-of-zitadel|a2V5LW9mLXppdGFkZWw/);
    await client.set(keys.client("other"), record.replace('"id":"idp"', '"id":"other"'));
    await expect(signers.find("other", "zitadel")).rejects.toThrow();
  });

  test("stay while keys of the client are replaced, and end when the client is revoked", async () => {
    const { admin, signers, clients } = await aProcess(first);
    await admin.add("idp", "zitadel", "one");
    await clients.rotate("idp", 0);
    expect((await signers.find("idp", "zitadel"))?.keys).toEqual(["one"]);
    expect(await clients.revoke("idp", undefined)).toBe(2);
    expect((await signers.find("idp", "zitadel"))?.keys).toEqual([]);
  });

  test.each([true, false])(
    "sealed anew (%s) they outlive the keys that they were sealed with",
    async (anew) => {
      const old = await aProcess(first);
      await old.admin.add("idp", "zitadel", "one");
      await old.admin.add("other", "supabase", "two");
      const turning = await aProcess(second, first);
      await turning.store.turn();
      if (anew) expect(await turning.admin.reseal()).toBe(2);
      const running = await aProcess(second, first);
      expect((await running.signers.find("idp", "zitadel"))?.keys).toEqual(["one"]);

      now += GENERATION_KEPT_MS + 1;
      const later = await aProcess(second);
      const found = later.signers.find("idp", "zitadel").then((one) => one?.keys);
      if (anew) await expect(found).resolves.toEqual(["one"]);
      else await expect(found).rejects.toThrow(/not known here/);
    },
  );

  test("sealed by a newer key than a process has read are opened all the same", async () => {
    const running = await aProcess(second, first);
    const turning = await aProcess(second, first);
    await turning.store.turn();
    await turning.admin.add("idp", "zitadel", "new");
    expect((await running.signers.find("idp", "zitadel"))?.keys).toEqual(["new"]);
  });
});
