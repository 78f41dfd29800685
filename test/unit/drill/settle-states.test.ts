import { expect, test } from "vitest";
import { settleStates } from "../../../src/drill/settle-states.ts";
import { anAsk } from "./build.ts";

const ids = (many: number) => Array.from({ length: many }, (_, n) => anAsk({ id: `d-${n}` }));

test("asks for all once the last have ended, and keeps what it heard", async () => {
  const calls: string[] = [];
  const states = await settleStates(
    [...ids(250), anAsk({ id: "refused", status: 429 })],
    async (id) => {
      calls.push(id);
      return id === "d-7" ? undefined : "delivered";
    },
    1_000,
    () => undefined,
  );
  expect(states.size).toBe(249);
  expect(states.has("d-7")).toBe(false);
  expect(calls.slice(0, 100).toSorted()).toEqual(
    Array.from({ length: 100 }, (_, n) => `d-${n + 150}`).toSorted(),
  );
  expect(new Set(calls).has("refused")).toBe(false);
});

test("gives up when the time is over, with the last states of those left open", async () => {
  const told: number[] = [];
  const open = await settleStates(
    ids(3),
    async (id) => (id === "d-1" ? "sent" : "delivered"),
    1,
    (left) => told.push(left),
  );
  expect(Object.fromEntries(open)).toEqual({ "d-0": "delivered", "d-1": "sent", "d-2": "delivered" });
  expect(told[0]).toBe(3);
});
