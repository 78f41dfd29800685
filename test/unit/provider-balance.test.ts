import { expect, test } from "vitest";
import type { Cost } from "../../src/core/outcome.ts";
import { createBalance } from "../../src/provider-balance.ts";

const EUROS: Cost = { micros: 5_000_000, currency: "EUR" };

function aReader(answers: (() => Promise<Cost | undefined>)[]) {
  const asked = { times: 0, atMs: 0 };
  const balance = () => answers[Math.min(asked.times++, answers.length - 1)]!();
  const read = createBalance({ providers: [{}, { balance }], elapsed: () => asked.atMs });
  return { asked, read };
}

test("the first provider that can tell is asked once a minute, however many ask", async () => {
  const { asked, read } = aReader([async () => EUROS, async () => ({ ...EUROS, micros: 1 })]);
  expect(await Promise.all([read(), read(), read()])).toEqual([EUROS, EUROS, EUROS]);
  asked.atMs = 59_999;
  expect(await read()).toEqual(EUROS);
  expect(asked.times).toBe(1);
  asked.atMs = 60_000;
  expect(await read()).toEqual({ ...EUROS, micros: 1 });
});

test("a reading that failed is not repeated for five seconds", async () => {
  const { asked, read } = aReader([
    () => Promise.reject(new Error("x")),
    async () => undefined,
    async () => EUROS,
  ]);
  expect(await read()).toBeUndefined();
  expect(await read()).toBeUndefined();
  expect(asked.times).toBe(1);
  asked.atMs = 5_000;
  expect(await read()).toBeUndefined();
  asked.atMs = 10_000;
  expect(await read()).toEqual(EUROS);
});

test("nobody tells where no provider can", async () => {
  const read = createBalance({ providers: [{}], elapsed: () => 0 });
  expect(await read()).toBeUndefined();
});
