import { expect, test } from "vitest";
import { progressLine } from "../../../src/drill/watch.ts";

const counts = () => ({ asked: 7, acked: 5, refused: 1, unknown: 1 });

test("a line of progress counts the answers and what each provider took", () => {
  const taken = { seven: 3, "telegram-gateway": 2, gatewayapi: 4 };
  const line = progressLine({ startAt: Date.now() - 12_000, counts, phase: "slowest", taken, open: 6 });
  expect(line).toBe(
    "12 s, slowest: asked 7, acked 5, refused 1, unknown 1; taken by seven 3, Telegram 2, GatewayAPI 4, at most 6 not ended yet",
  );
});

test("a line of progress says what it does not know", () => {
  const line = progressLine({
    startAt: Date.now() + 60_000,
    counts,
    phase: undefined,
    taken: undefined,
    open: undefined,
  });
  expect(line).toMatch(/^0 s, starting: .*taken by seven \?, Telegram \?, GatewayAPI \?$/);
});
