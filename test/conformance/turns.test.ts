import { expect, onTestFinished, test } from "vitest";
import { localTurns } from "../../src/providers/turns.ts";
import { createKeys } from "../../src/redis/keys.ts";
import { createTurns, type SharedTurns } from "../../src/redis/turns.ts";
import type { RecordReads } from "../../src/core/rules.ts";
import { connectTestRedis, freshPrefix } from "../support/redis.ts";
import { turnsSuite } from "./turns.ts";

function workersOn(prefix: string, reads: RecordReads, count: number): SharedTurns[] {
  return Array.from({ length: count }, () => {
    const turns = createTurns(connectTestRedis, createKeys(prefix), reads);
    onTestFinished(turns.close);
    return turns;
  });
}

turnsSuite("one process", (reads) => [localTurns(reads)]);
turnsSuite("all processes on a Redis", (reads, count) =>
  workersOn(freshPrefix(), reads, count).map((turns) => turns.of("seven")),
);

test("what a turn brought is there for the others of its account, the newest only, with its age", async () => {
  const [one, two] = workersOn(freshPrefix(), { everyMs: 1, withinMs: 1_000 }, 2);
  await one!.of("seven").leave("first");
  await one!.of("seven").leave("second");
  const left = await two!.of("seven").left();
  expect(left).toMatchObject({ brought: "second" });
  expect(left!.ageMs).toBeGreaterThanOrEqual(0);
  expect(left!.ageMs).toBeLessThan(1_000);
  expect(await two!.of("another").left()).toBeUndefined();
});

test("accounts do not wait for each other", async () => {
  const [one] = workersOn(freshPrefix(), { everyMs: 60_000, withinMs: 1_000 }, 1);
  expect(await one!.of("seven").take()).toBe(0);
  expect(await one!.of("another").take()).toBe(0);
  expect(await one!.of("seven").take()).toBeUndefined();
});
