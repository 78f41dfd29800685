import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../../src/flows/ports.ts";
import { failFastClient } from "../../../src/redis/client.ts";
import { createAudit } from "../../../src/redis/audit.ts";
import { createOperatorAdmin, createOperators, OperatorFault } from "../../../src/redis/operators.ts";
import { eventually } from "../../support/eventually.ts";
import { startOwnRedis } from "../../support/own-redis.ts";
import { aRedisStore, type RedisStoreBundle } from "../../support/store-bundle.ts";

const DAY_MS = 86_400_000;
const KIM = { name: "kim", role: "helpdesk", validMs: DAY_MS, by: "cli:root" } as const;

let bundle: RedisStoreBundle;
let now = Date.now();
beforeEach(() => {
  bundle = aRedisStore();
});
afterEach(() => bundle.close());

/** Another process, whose memory is stale at each question. */
function aDesk() {
  const { client, keys } = bundle;
  let elapsedMs = 0;
  const tokens = createOperators({ client, keys, now: () => now, elapsed: () => (elapsedMs += 1_000) });
  return { admin: createOperatorAdmin({ client, keys, now: () => now }), tokens };
}

describe("operators with a token", () => {
  test("are known by it, and by nothing else", async () => {
    const { admin, tokens } = aDesk();
    const token = await admin.add(KIM);
    const [name = "", secret = ""] = token.split(".");
    const known = await tokens.authenticate(name, secret);
    expect(known).toMatchObject({ role: "helpdesk" });
    expect(await tokens.roleOf("kim", known!.tokenId)).toBe("helpdesk");
    expect(await tokens.authenticate("kim", "another")).toBeUndefined();
    expect(await tokens.authenticate("lee", secret)).toBeUndefined();
    expect(await tokens.roleOf("kim", "another")).toBeUndefined();
  });

  test("have only the hash of it stored", async () => {
    const { admin } = aDesk();
    const [, secret = ""] = (await admin.add(KIM)).split(".");
    const stored = JSON.stringify(await bundle.client.hgetall(bundle.keys.operators));
    expect(stored).toContain("helpdesk");
    expect(stored).not.toContain(secret);
  });

  test("end with their time and when they are revoked, in every process", async () => {
    const { admin, tokens } = aDesk();
    const [, secret = ""] = (await admin.add(KIM)).split(".");
    now += DAY_MS - 1;
    expect(await tokens.authenticate("kim", secret)).toBeDefined();
    now += 1;
    expect(await tokens.authenticate("kim", secret)).toBeUndefined();
    await admin.revoke("kim");
    const [, second = ""] = (await admin.add(KIM)).split(".");
    const { tokenId } = (await tokens.authenticate("kim", second))!;
    await admin.revoke("kim");
    expect(await tokens.authenticate("kim", second)).toBeUndefined();
    expect(await tokens.roleOf("kim", tokenId)).toBeUndefined();
    // A new token of the same name is not the old one.
    await admin.add(KIM);
    expect(await tokens.roleOf("kim", tokenId)).toBeUndefined();
  });

  test("have one name each, and none takes that of the break-glass login", async () => {
    const { admin } = aDesk();
    await admin.add(KIM);
    await expect(admin.add(KIM)).rejects.toThrow(OperatorFault);
    for (const name of ["break-glass", "a.b", "", "a b", "x".repeat(65)])
      await expect(admin.add({ ...KIM, name })).rejects.toThrow("A name has");
    await expect(admin.revoke("lee")).rejects.toThrow("There is no operator lee");
    expect((await admin.list()).map(({ name }) => name)).toEqual(["kim"]);
  });
});

test("operators who were known stay so while Redis is away, and others are not guessed", async () => {
  const own = await startOwnRedis();
  const client = failFastClient(own.address, "test");
  client.on("error", () => undefined);
  await eventually(() => client.ping());
  const { keys } = bundle;
  let elapsedMs = 0;
  const deps = { client, keys, now: Date.now, elapsed: () => elapsedMs };
  const [, secret = ""] = (await createOperatorAdmin(deps).add(KIM)).split(".");
  const tokens = createOperators(deps);
  expect(await tokens.authenticate("kim", secret)).toBeDefined();
  const stranger = createOperators(deps);
  await own.stop();
  elapsedMs += 60_000;
  expect(await tokens.authenticate("kim", secret)).toMatchObject({ role: "helpdesk" });
  await expect(stranger.authenticate("kim", secret)).rejects.toThrow(StoreUnavailable);
  elapsedMs += 10 * 60_000;
  await expect(tokens.authenticate("kim", secret)).rejects.toThrow(StoreUnavailable);
  client.disconnect();
});

describe("the audit", () => {
  const anAudit = () => createAudit({ client: bundle.client, keys: bundle.keys, now: () => now });

  test("has the newest first, a page at a time", async () => {
    const audit = anAudit();
    for (let n = 0; n < 5; n++) {
      await audit.record({ who: "kim", role: "operator", action: `route.stop`, target: `route-${n}` });
    }
    const targets = (entries: { target?: string }[]) => entries.map(({ target }) => target);
    const first = await audit.newest({ limit: 2 });
    expect(targets(first)).toEqual(["route-4", "route-3"]);
    const second = await audit.newest({ limit: 10, before: first[1]!.id });
    expect(targets(second)).toEqual(["route-2", "route-1", "route-0"]);
    expect(first[0]).toMatchObject({ at: now, who: "kim", role: "operator", action: "route.stop" });
  });

  test("begins where it is asked to", async () => {
    const audit = anAudit();
    await audit.record({ who: "kim", role: "admin", action: "a" });
    const { id } = (await audit.newest({ limit: 1 }))[0]!;
    const since = Number(id.split("-")[0]) + 1;
    expect(await audit.newest({ limit: 10, since })).toEqual([]);
    expect(await audit.newest({ limit: 10, since: since - 1 })).toHaveLength(1);
  });

  test("keeps no whole number, whoever wrote one where", async () => {
    const audit = anAudit();
    const detail = { why: "called from 0151 12345678", forMs: 1_800_000 };
    await audit.record({ who: "kim", role: "admin", action: "x", target: "+4915112345678", detail });
    const stored = JSON.stringify(await bundle.client.xrange(bundle.keys.audit, "-", "+"));
    expect(stored).not.toMatch(/12345678|1234567/);
    expect(stored).toContain("***78");
    expect(stored).toContain("1800000");
  });

  test("passes over what no version of ours wrote", async () => {
    await bundle.client.xadd(bundle.keys.audit, "*", "e", "{");
    expect(await anAudit().newest({ limit: 10 })).toEqual([]);
  });
});
