import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Msisdn } from "../../src/core/phone.ts";
import { createClientAdmin } from "../../src/redis/client-admin.ts";
import { createClients } from "../../src/redis/clients.ts";
import { createConsentAdmin } from "../../src/redis/consent-admin.ts";
import { createConsents } from "../../src/redis/consents.ts";
import { redisStraws } from "../support/haystack.ts";
import { findLeaks } from "../support/leak-scan.ts";
import { aRedisBundle, type RedisBundle } from "../support/redis-bundle.ts";
import { aNumber, keysUnder } from "../support/store-bundle.ts";
import { aVault } from "../support/vault.ts";

const NEW = { id: "cloud", name: "Cloud", region: "DE", telegramConsentBy: undefined };

describe("consents", () => {
  let bundle: RedisBundle;
  let key: string;
  const admins = () => {
    const { client, keys, vault } = bundle;
    const deps = { client, keys, now: Date.now };
    return { admin: createClientAdmin(deps), consents: createConsentAdmin({ ...deps, vault }) };
  };
  const record = async (numbers: readonly Msisdn[], by = "HR") => {
    const list = await admins().consents.beginList("cloud", "telegram");
    await list.add(numbers);
    return list.commit(by);
  };
  /** As the intake sees it: the client from its short memory, and the plan that follows. */
  const intake = () => {
    let elapsedMs = 0;
    const { client, keys } = bundle;
    const clients = createClients({ client, keys, elapsed: () => elapsedMs });
    return {
      later: () => {
        elapsedMs += 1_000;
      },
      skipped: async (recipient: Msisdn) => {
        const known = await clients.authenticate("cloud", key.slice("cloud.".length));
        const answer = await bundle.accept({ client: known!, recipient });
        return answer.kind === "accepted" ? answer.delivery.skipped : answer.code;
      },
    };
  };
  const WITHOUT = [{ route: "telegram-gateway", why: "consent" }];

  beforeEach(async () => {
    bundle = aRedisBundle();
    key = await admins().admin.add(NEW);
  });
  afterEach(() => bundle.close());

  test("of a list open Telegram to the numbers on it and to nobody else", async () => {
    const [on, off] = [aNumber(), aNumber()];
    const { skipped, later } = intake();
    expect(await skipped(on)).toEqual(WITHOUT);
    expect(await record([on, on])).toBe(1);
    later();
    expect([await skipped(aNumber()), await skipped(off)]).toEqual([WITHOUT, WITHOUT]);
    expect(await skipped(on)).toEqual([]);
  });

  test("of all open it to everybody, and what is withdrawn is closed a second later", async () => {
    const { consents } = admins();
    const { skipped, later } = intake();
    await consents.recordAll("cloud", "telegram", "the terms");
    expect(await skipped(aNumber())).toEqual([]);
    expect(await consents.withdraw("cloud", "telegram")).toBe(true);
    later();
    expect(await skipped(aNumber())).toEqual(WITHOUT);
    expect(await consents.withdraw("cloud", "telegram")).toBe(false);
  });

  test("follow single numbers at once, and leave the rest of the list alone", async () => {
    const [first, second] = [aNumber(), aNumber()];
    const { consents } = admins();
    const { skipped } = intake();
    await record([first]);
    expect(await skipped(second)).toEqual(WITHOUT);
    expect(await consents.addNumber("cloud", "telegram", second, "the desk")).toBe(true);
    expect(await consents.addNumber("cloud", "telegram", second, "the desk")).toBe(false);
    expect(await skipped(second)).toEqual([]);
    expect(await consents.removeNumber("cloud", "telegram", first)).toBe(true);
    expect(await consents.removeNumber("cloud", "telegram", first)).toBe(false);
    expect(await skipped(first)).toEqual(WITHOUT);
    expect(await consents.show("cloud")).toMatchObject([
      { channel: "telegram", scope: "list", by: "HR", added: { by: "the desk" }, numbers: 1 },
    ]);
  });

  test("of a new list take the place of the old one, whole", async () => {
    const [old, fresh] = [aNumber(), aNumber()];
    await record([old]);
    const unfinished = await admins().consents.beginList("cloud", "telegram");
    await unfinished.add([fresh]);
    const { skipped } = intake();
    expect([await skipped(old), await skipped(fresh)]).toEqual([[], WITHOUT]);
    await unfinished.commit("HR again");
    expect([await skipped(old), await skipped(fresh)]).toEqual([WITHOUT, []]);
    expect(await bundle.client.ttl(bundle.keys.consent("cloud", "telegram"))).toBe(-1);
  });

  test("that are being imported or were given up leave nothing behind", async () => {
    const list = await admins().consents.beginList("cloud", "telegram");
    await list.add([aNumber()]);
    const under = `${bundle.keys.consent("cloud", "telegram")}`;
    const [draft] = await keysUnder(bundle.client, under);
    expect(await bundle.client.ttl(draft!)).toBeGreaterThan(0);
    await list.discard();
    expect(await keysUnder(bundle.client, under)).toEqual([]);
    await expect(list.commit("HR")).rejects.toThrow("empty");
    expect(await admins().consents.show("cloud")).toEqual([]);
  });

  test("hold no number, and another process with the same master key finds what is on the list", async () => {
    const number = aNumber();
    await record([number]);
    const { client, keys, masterKey } = bundle;
    expect(findLeaks(await redisStraws(client, `${keys.prefix}*`), { codes: [], numbers: [number] })).toEqual(
      [],
    );
    const has = (vault: ReturnType<typeof aVault>) =>
      createConsents(client, keys, vault).has("cloud", "telegram", number);
    expect(await has(aVault(masterKey))).toBe(true);
    expect(await has(aVault(randomBytes(32)))).toBe(false);
  });

  test("that do not fit what is recorded are refused in words", async () => {
    const { consents } = admins();
    await expect(consents.recordAll("nobody", "telegram", "x")).rejects.toThrow("no client nobody");
    await expect(consents.beginList("nobody", "telegram")).rejects.toThrow("no client nobody");
    await expect(consents.removeNumber("cloud", "telegram", aNumber())).rejects.toThrow("no list");
    await consents.recordAll("cloud", "telegram", "x");
    await expect(consents.addNumber("cloud", "telegram", aNumber(), "x")).rejects.toThrow("agreed");
  });

  test("of version 0.1.0 count for all recipients", async () => {
    const { client, keys } = bundle;
    const stored = JSON.parse((await client.get(keys.client("cloud")))!) as Record<string, unknown>;
    await client.set(
      keys.client("cloud"),
      JSON.stringify({ ...stored, consents: { telegram: { by: "admin", at: 5 } } }),
    );
    expect(await intake().skipped(aNumber())).toEqual([]);
    expect(await admins().consents.show("cloud")).toEqual([
      { channel: "telegram", scope: "all", by: "admin", at: 5, numbers: undefined },
    ]);
  });
});
