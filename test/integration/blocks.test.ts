import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Msisdn } from "../../src/core/phone.ts";
import { BlockFault, createBlockAdmin } from "../../src/redis/block-admin.ts";
import { blockOf, createBlocks } from "../../src/redis/blocks.ts";
import { failFastClient, whenReady } from "../../src/redis/client.ts";
import { createKeys } from "../../src/redis/keys.ts";
import { startOwnRedis } from "../support/own-redis.ts";
import { aRedisBundle, type RedisBundle } from "../support/redis-bundle.ts";

const NUMBER = "+4917599123456" as Msisdn;

describe("blocked ranges", () => {
  let bundle: RedisBundle;
  let at = Date.now();
  beforeEach(() => {
    at = Date.now();
    bundle = aRedisBundle();
  });
  afterEach(() => bundle.close());
  const admin = () => createBlockAdmin({ client: bundle.client, keys: bundle.keys, now: () => at });
  const barred = () => bundle.accept({ recipient: NUMBER });

  test("count within a second, beside a running intake, and end", async () => {
    expect(await barred()).toMatchObject({ kind: "accepted" });
    await admin().add("+4917599", { why: "pumped" });
    await expect.poll(barred, { timeout: 1_000, interval: 50 }).toEqual({ kind: "refused", code: "blocked" });
    expect(await bundle.accept()).toMatchObject({ kind: "accepted" });
    await admin().remove("+4917599");
    await expect.poll(async () => (await barred()).kind, { timeout: 1_000, interval: 50 }).toBe("accepted");
    await expect(admin().remove("+4917599")).rejects.toThrow(BlockFault);
  });

  test("the longest prefix that holds is found", () => {
    const block = (why: string, untilAt?: number) => ({
      why,
      at: 0,
      ...(untilAt === undefined ? {} : { untilAt }),
    });
    const list = new Map([
      ["+49", block("short")],
      ["+49175", block("long")],
      ["+4917599", block("over", 1_000)],
      ["+491760", block("other")],
    ]);
    expect(blockOf(list, NUMBER, 999)?.why).toBe("over");
    expect(blockOf(list, NUMBER, 1_000)?.why).toBe("long");
    expect(blockOf(list, "+436641234567", 0)).toBeUndefined();
    expect(blockOf(new Map([["+49175991234567", block("longer")]]), NUMBER, 0)).toBeUndefined();
  });

  test("those that are over leave the store, and there is a bound", async () => {
    await admin().add("+43", { why: "for an hour", untilAt: at + 3_600_000 });
    at += 3_600_000;
    expect([...(await admin().list())]).toEqual([]);
    expect(await bundle.client.hlen(bundle.keys.blocks)).toBe(0);
    const many = Array.from({ length: 1_000 }, (_, i) => [
      `+49${1_000 + i}`,
      JSON.stringify({ why: "x", at }),
    ]);
    await bundle.client.hset(bundle.keys.blocks, ...many.flat());
    await expect(admin().add("+44", { why: "one more" })).rejects.toThrow("1000 blocks");
    await admin().add("+491000", { why: "again" });
  });

  test("what was read last holds while Redis hangs or is away; never read is not free", async () => {
    const own = await startOwnRedis();
    const client = failFastClient(own.address, "blocks");
    client.on("error", () => undefined);
    await whenReady(client, 5_000);
    let elapsed = 0;
    const keys = createKeys("{blocks}");
    const made = () => createBlocks({ client, keys, now: Date.now, elapsed: () => elapsed });
    await createBlockAdmin({ client, keys, now: Date.now }).add("+49175", { why: "x" });
    const blocks = made();
    expect(await blocks.match(NUMBER)).toBe("blocked");
    elapsed = 10_000;
    own.freeze();
    const startedAt = performance.now();
    expect(await blocks.match(NUMBER)).toBe("blocked");
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    own.thaw();
    await own.stop();
    expect(await blocks.match(NUMBER)).toBe("blocked");
    expect(await made().match(NUMBER)).toBe("unread");
    client.disconnect();
  });
});
