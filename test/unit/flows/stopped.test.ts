import { describe, expect, test } from "vitest";
import { timelineOf } from "../../../src/core/timeline.ts";
import { attempt } from "../../../src/flows/attempt.ts";
import type { Circuits } from "../../../src/flows/ports.ts";
import { aRoute, testRules } from "../../support/build.ts";
import { Crash } from "../../support/chaos.ts";
import { aFlowBundle } from "../../support/flow-bundle.ts";
import { accepted } from "../../support/scripted-provider.ts";
import { simulate, type Simulation } from "../../support/simulate.ts";

const SIGNAL = new AbortController().signal;
const ONE = testRules({ routes: [aRoute({ id: "seven-sms", provider: "seven" })] });
const routes = async (sim: Simulation, id: string) =>
  (await sim.delivery(id)).attempts.map((a) => `${a.route} ${a.state} ${a.why}`);

describe("a stopped route", () => {
  test("is not where new codes start, and not where waiting ones go", async () => {
    const sim = simulate({ laneWaitMs: () => 5 });
    const before = await sim.taken({ content: { code: undefined, text: "before" } });
    sim.circuits.say("seven-sms", "stopped");
    const after = await sim.taken();
    await sim.runFor(100);
    expect(await routes(sim, before)).toEqual(["telegram-gateway accepted circuit"]);
    expect(await routes(sim, after)).toEqual(["second-sms accepted circuit"]);
    expect(sim.provider("seven-sms").calls).toEqual([]);
  });

  test("that is the only one holds its codes until it runs again", async () => {
    const sim = simulate({ rules: ONE });
    sim.circuits.say("seven-sms", "stopped", 60_000);
    const id = await sim.taken();
    await sim.runFor(59_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "queued", attempts: [] });
    expect(sim.jobs.held()).toHaveLength(1);
    await sim.runFor(8_000);
    expect(await routes(sim, id)).toEqual(["seven-sms accepted first"]);
  });

  test("is not called when the word comes between intent and call", async () => {
    const stopping = (circuits: Circuits): Circuits => ({ ...circuits, isStopped: async () => true });
    const bundle = aFlowBundle({ wrap: { circuits: stopping } });
    const id = await bundle.taken();
    expect(await attempt(bundle.deps, { deliveryId: id, attempt: 1, route: "seven-sms" }, SIGNAL)).toBe(
      "stopped",
    );
    const delivery = await bundle.delivery(id);
    expect(delivery).toMatchObject({
      state: "sending",
      attempts: [{ state: "unavailable", detail: "stopped", route: "seven-sms" }],
      next: { number: 2, route: "telegram-gateway", why: "unavailable" },
    });
    expect(bundle.provider("seven-sms").calls).toEqual([]);
    const lines = timelineOf(delivery).map(({ text }) => text);
    expect(lines).toContain("Ready to call seven-sms after 0 ms in its lane.");
    expect(lines).toContain("No call to seven-sms was made: an operator stopped the route before the call.");
    const kinds = bundle.events.map(({ kind }) => kind);
    expect(kinds).toContain("attempt.stopped");
    expect(kinds).not.toContain("attempt.finished");
  });

  test("caught so ten times has an unhurt circuit, and its codes cost nothing there", async () => {
    let isStopped = true;
    const stopping = (circuits: Circuits): Circuits => ({ ...circuits, isStopped: async () => isStopped });
    const sim = simulate({ rules: ONE, wrap: { circuits: stopping } });
    const texts = Array.from({ length: 10 }, (_, n) => `text ${n}`);
    const ids = [];
    for (const text of texts) ids.push(await sim.taken({ content: { code: undefined, text } }));
    await sim.runFor(1_000);
    expect(sim.circuits.stateOf("route:seven-sms").kind).toBe("closed");
    isStopped = false;
    await sim.runFor(40_000);
    expect(sim.provider("seven-sms").calls).toHaveLength(10);
    for (const id of ids) expect(await sim.delivery(id)).toMatchObject({ state: "sent" });
  });
});

test("a forced route is called although its circuit is open", async () => {
  const sim = simulate();
  sim.circuits.open("seven-sms");
  sim.circuits.say("seven-sms", "forced", 5_000);
  const forced = await sim.taken();
  await sim.runFor(10);
  expect(await routes(sim, forced)).toEqual(["seven-sms accepted first"]);
  await sim.runFor(5_000);
  const later = await sim.taken({ content: { code: undefined, text: "later" } });
  await sim.runFor(10);
  expect(await routes(sim, later)).toEqual(["second-sms accepted circuit"]);
});

describe("a provider that asks for patience", () => {
  const slow = { kind: "unavailable", reason: "throttled", retryAfterMs: 3_000 } as const;
  const once = { answers: [{ outcome: slow }, { outcome: accepted }] };

  test("gets no call until it is over, then every code, and no open circuit", async () => {
    const sim = simulate({ rules: ONE, scripts: { "seven-sms": once } });
    const ids = [await sim.taken()];
    await sim.runFor(10);
    for (let n = 0; n < 8; n++)
      ids.push(await sim.taken({ content: { code: undefined, text: `text ${n}` } }));
    await sim.runFor(2_900);
    expect(sim.provider("seven-sms").calls).toHaveLength(1);
    await sim.runFor(20_000);
    for (const id of ids) expect(await sim.delivery(id)).toMatchObject({ state: "sent" });
    expect(sim.circuits.stateOf("route:seven-sms").kind).toBe("closed");
  });

  test("for longer than a code may wait sees it go to the next route", async () => {
    const long = { answers: [{ outcome: { ...slow, retryAfterMs: 30_000 } }] };
    const sim = simulate({ scripts: { "seven-sms": long } });
    const first = await sim.taken();
    await sim.runFor(10);
    const second = await sim.taken({ content: { code: undefined, text: "second" } });
    await sim.runFor(10);
    expect(await routes(sim, first)).toEqual([
      "seven-sms unavailable first",
      "telegram-gateway accepted unavailable",
    ]);
    expect(await routes(sim, second)).toEqual(["telegram-gateway accepted circuit"]);
    expect(sim.provider("seven-sms").calls).toHaveLength(1);
  });
});

describe("the outcome of a call and its circuit", () => {
  const JOB = { attempt: 1, route: "seven-sms" };

  test("a crash of the circuit's store leaves no doubt behind", async () => {
    const crashing = (circuits: Circuits): Circuits => ({
      ...circuits,
      observe: async () => {
        throw new Crash("killed");
      },
    });
    const bundle = aFlowBundle({ wrap: { circuits: crashing } });
    const id = await bundle.taken();
    await expect(attempt(bundle.deps, { ...JOB, deliveryId: id }, SIGNAL)).rejects.toThrow(Crash);
    expect((await bundle.delivery(id)).attempts).toMatchObject([{ state: "accepted" }]);
  });

  test("the outcome is on its way to the store before anything is observed", async () => {
    const order: string[] = [];
    const bundle = aFlowBundle({
      wrap: {
        store: (store) => ({
          ...store,
          save: (change) => {
            order.push(change.to.attempts.at(-1)?.state ?? "planned");
            return store.save(change);
          },
        }),
        circuits: (circuits) => ({
          ...circuits,
          observe: async (...seen) => {
            order.push("observed");
            await circuits.observe(...seen);
          },
        }),
      },
    });
    const id = await bundle.taken();
    await attempt(bundle.deps, { ...JOB, deliveryId: id }, SIGNAL);
    expect(order).toEqual(["sending", "accepted", "observed"]);
  });

  test("after an account fault the next route is of another account, also before the circuit has opened", async () => {
    const credit = { kind: "refused", reason: "account_credit" } as const;
    const rules = testRules({
      routes: [
        aRoute({ id: "seven-sms", account: "seven" }),
        aRoute({ id: "seven-voice", account: "seven" }),
        aRoute({ id: "second-sms" }),
      ],
    });
    const blind = (circuits: Circuits): Circuits => ({ ...circuits, observe: async () => undefined });
    const scripts = { "seven-sms": { answers: [{ outcome: credit }] } };
    const bundle = aFlowBundle({ rules, scripts, wrap: { circuits: blind } });
    const id = await bundle.taken();
    await attempt(bundle.deps, { ...JOB, deliveryId: id }, SIGNAL);
    expect(bundle.circuits.isOpen("seven-voice")).toBe(false);
    expect((await bundle.delivery(id)).next).toMatchObject({ route: "second-sms", why: "refused" });
  });
});
