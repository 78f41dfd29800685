import fc from "fast-check";
import { expect, test } from "vitest";
import { aFairLane } from "../support/fair-lane.ts";

const aClient = fc.constantFrom("a", "b", "c");
const aStep = fc.oneof(aClient, fc.constant(undefined));

test("a client's tags grow while it has somebody waiting, and nobody is in the past", () => {
  fc.assert(
    fc.property(fc.array(aStep, { maxLength: 200 }), (steps) => {
      const lane = aFairLane();
      for (const client of steps) {
        if (client === undefined) {
          lane.start();
          continue;
        }
        const own = lane.line.filter((one) => one.client === client).map(({ tag }) => tag);
        expect(lane.add(client).tag).toBeGreaterThan(Math.max(-1, ...own));
      }
    }),
  );
});

test("between two clients that both wait, the starts never differ by more than one turn", () => {
  fc.assert(
    fc.property(
      fc.array(aStep, { minLength: 20, maxLength: 300 }),
      fc.integer({ min: 1, max: 80 }),
      (steps, many) => {
        const lane = aFairLane();
        for (const client of steps)
          if (client) lane.add(client);
          else lane.start();
        for (let i = 0; i < many; i++) for (const client of ["a", "b"]) lane.add(client);
        const starts = { a: 0, b: 0, c: 0 };
        const before = {
          a: lane.line.filter((w) => w.client === "a"),
          b: lane.line.filter((w) => w.client === "b"),
        };
        const offset = Math.min(...before.a.map((w) => w.tag)) - Math.min(...before.b.map((w) => w.tag));
        while (["a", "b"].every((c) => lane.line.some((w) => w.client === c))) {
          starts[lane.start()!.client as "a"] += 1;
          expect(Math.abs(starts.a - starts.b + offset)).toBeLessThanOrEqual(1 + Math.abs(offset));
        }
      },
    ),
  );
});

test("whoever comes to a lane waits for one start of each client at most, whatever their backlog", () => {
  fc.assert(
    fc.property(fc.array(aClient, { maxLength: 400 }), fc.nat(50), (others, started) => {
      const lane = aFairLane();
      for (const client of others) lane.add(client);
      for (let i = 0; i < started; i++) lane.start();
      lane.add("late");
      const ahead: string[] = [];
      for (let next = lane.start(); next && next.client !== "late"; next = lane.start())
        ahead.push(next.client);
      expect(new Set(ahead).size).toBe(ahead.length);
    }),
  );
});
