import { describe, expect, test } from "vitest";
import { attempt } from "../../../src/flows/attempt.ts";
import type { FlowDeps } from "../../../src/flows/ports.ts";
import { watch } from "../../../src/flows/watch.ts";
import { aRoute, testRules } from "../../support/build.ts";
import { aFlowBundle } from "../../support/flow-bundle.ts";
import { uncertain, unavailable } from "../../support/scripted-provider.ts";
import { simulate, type Simulation } from "../../support/simulate.ts";

const SIGNAL = new AbortController().signal;
const routes = async (sim: Simulation, id: string) =>
  (await sim.delivery(id)).attempts.map((a) => `${a.route} ${a.state} ${a.why}`);
const ONE = testRules({ routes: [aRoute({ id: "seven-sms", provider: "seven" })] });

describe("an open circuit", () => {
  test("sends a waiting attempt to the next route before any intent", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    bundle.circuits.open("seven-sms");
    const job = { deliveryId: id, attempt: 1, route: "seven-sms" };
    expect(await attempt(bundle.deps, job, SIGNAL)).toBe("moved");
    expect(await bundle.delivery(id)).toMatchObject({
      state: "queued",
      attempts: [],
      next: { number: 1, route: "telegram-gateway", why: "circuit" },
    });
    expect(bundle.events).toContainEqual({
      kind: "attempt.moved",
      deliveryId: id,
      from: "seven-sms",
      to: "telegram-gateway",
      why: "circuit",
    });
    expect(bundle.provider("seven-sms").calls).toEqual([]);
    bundle.jobs.finish(job);
    expect(bundle.jobs.held()).toMatchObject([{ route: "telegram-gateway", attempt: 1 }]);
  });

  test("of the wished route starts a new delivery on another one", async () => {
    const sim = simulate();
    sim.circuits.open("seven-sms");
    const id = await sim.taken();
    await sim.runFor(10);
    expect(await routes(sim, id)).toEqual(["second-sms accepted circuit"]);
  });

  test("is what a route that was passed over still has later: it stays in the plan", async () => {
    const sim = simulate();
    sim.circuits.open("seven-sms");
    const id = await sim.taken();
    await sim.runFor(10);
    sim.circuits.close("seven-sms");
    await sim.runFor(31_000);
    expect(await routes(sim, id)).toEqual(["second-sms accepted circuit", "seven-sms accepted silence"]);
  });

  test("closes again although every new code starts elsewhere: one in a while starts there", async () => {
    const sim = simulate();
    sim.circuits.open("seven-sms");
    const started: string[] = [];
    for (let second = 0; second < 14; second++) {
      const id = await sim.taken({ content: { code: `10${second + 10}`, text: `10${second + 10} is it` } });
      await sim.runFor(1_000);
      started.push(...(await routes(sim, id)));
    }
    expect(started.filter((a) => a.startsWith("seven-sms"))).toEqual(["seven-sms accepted probe"]);
    expect(sim.circuits.isOpen("seven-sms")).toBe(false);
  });

  test("holds what nobody else can take, and sends it when it closes", async () => {
    const sim = simulate({ rules: ONE });
    sim.circuits.open("seven-sms");
    const id = await sim.taken();
    await sim.runFor(7_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "queued", attempts: [] });
    expect(sim.events.filter((e) => e.kind === "attempt.held").length).toBeGreaterThanOrEqual(2);
    expect(sim.jobs.held()).toHaveLength(1);
    sim.circuits.close("seven-sms");
    await sim.runFor(6_000);
    expect(await routes(sim, id)).toEqual(["seven-sms accepted first"]);
    expect(sim.jobs.held()).toEqual([]);
  });

  test("for slowness holds nobody who has no other route", async () => {
    const sim = simulate({ rules: ONE });
    sim.circuits.openSlow("seven-sms");
    const id = await sim.taken();
    await sim.runFor(100);
    expect(await routes(sim, id)).toEqual(["seven-sms accepted first"]);
  });

  test("for slowness still sends everybody else to the next route", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    bundle.circuits.openSlow("seven-sms");
    expect(await attempt(bundle.deps, { deliveryId: id, attempt: 1, route: "seven-sms" }, SIGNAL)).toBe(
      "moved",
    );
    expect(bundle.provider("seven-sms").calls).toEqual([]);
  });

  test("turns out to be for slowness when the messages of unanswered calls are found", async () => {
    const timeouts = { answers: [{ outcome: uncertain, took: true }] };
    const sim = simulate({ rules: ONE, scripts: { "seven-sms": timeouts } });
    for (const code of ["111111", "222222", "333333", "444444", "555555"]) {
      await sim.taken({ content: { code, text: `${code} is your code` } });
    }
    await sim.runFor(1_000);
    expect([sim.circuits.isOpen("seven-sms"), sim.circuits.isOnlySlow("seven-sms")]).toEqual([true, false]);
    await sim.runFor(5_000);
    expect([sim.circuits.isOpen("seven-sms"), sim.circuits.isOnlySlow("seven-sms")]).toEqual([true, true]);
  });

  test("holds until the deadline and sends nothing after it", async () => {
    const sim = simulate({ rules: ONE, scripts: { "seven-sms": { answers: [{ outcome: unavailable }] } } });
    sim.circuits.open("seven-sms");
    const id = await sim.taken();
    await sim.runFor(269_000);
    const probes = sim.provider("seven-sms").calls.length;
    sim.circuits.open("seven-sms");
    await sim.runFor(2_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "expired" });
    sim.circuits.close("seven-sms");
    await sim.runFor(400_000);
    expect(sim.provider("seven-sms").calls).toHaveLength(probes);
    expect(sim.jobs.held()).toEqual([]);
  });

  test("lets one waiting attempt through as its probe, which brings the traffic back", async () => {
    const sim = simulate({ rules: ONE });
    sim.circuits.open("seven-sms");
    const ids = [];
    for (const text of ["one", "two", "three"])
      ids.push(await sim.taken({ content: { code: undefined, text } }));
    await sim.runFor(11_000);
    expect(sim.provider("seven-sms").calls).toEqual([]);
    await sim.runFor(1_500);
    expect(sim.provider("seven-sms").calls.length).toBeGreaterThanOrEqual(1);
    expect(sim.circuits.stateOf("route:seven-sms").kind).toBe("returning");
    await sim.runFor(60_000);
    for (const id of ids) expect(await sim.delivery(id)).toMatchObject({ state: "sent" });
  });

  test("of an account stops every route of that account at once", async () => {
    const credit = { kind: "refused", reason: "account_credit", providerCode: "500" } as const;
    const shared = testRules({
      routes: [
        aRoute({ id: "seven-sms", account: "seven" }),
        aRoute({ id: "seven-voice", account: "seven" }),
        aRoute({ id: "second-sms" }),
      ],
    });
    const sim = simulate({ rules: shared, scripts: { "seven-sms": { answers: [{ outcome: credit }] } } });
    const id = await sim.taken();
    await sim.runFor(10);
    expect(await routes(sim, id)).toEqual(["seven-sms refused first", "second-sms accepted refused"]);
    expect(sim.circuits.stateOf("account:seven")).toMatchObject({ kind: "open", why: "account_fault" });
    expect(sim.provider("seven-voice").calls).toEqual([]);
  });

  test("opens by itself after five failures in a row, and later codes do not wait for them", async () => {
    const sim = simulate({ scripts: { "seven-sms": { answers: [{ outcome: unavailable }] } } });
    for (let i = 0; i < 5; i++) await sim.taken({ content: { code: undefined, text: `text ${i}` } });
    await sim.runFor(10);
    expect(sim.circuits.stateOf("route:seven-sms")).toMatchObject({ why: "failures_in_a_row" });
    const calls = sim.provider("seven-sms").calls.length;
    const id = await sim.taken();
    await sim.runFor(10);
    expect(await routes(sim, id)).toEqual(["second-sms accepted circuit"]);
    expect(sim.provider("seven-sms").calls).toHaveLength(calls);
  });
});

describe("a wait in a lane", () => {
  const waiting = (more: object = {}) => simulate({ laneWaitMs: () => 100_000, ...more });

  test("that lasts too long moves the attempt to a route that likely reaches the person", async () => {
    const lanes = [100_000, 0];
    const sim = simulate({ laneWaitMs: () => lanes.shift() ?? 0 });
    const id = await sim.taken();
    await sim.runFor(8_600);
    expect(await routes(sim, id)).toEqual(["second-sms accepted busy"]);
    expect(sim.jobs.held()).toEqual([]);
    await sim.runFor(100_000);
    expect(sim.provider("seven-sms").taken.length).toBeLessThanOrEqual(1);
  });

  test("that moves the attempt while its job begins makes no call on the old route", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    await bundle.clock.runFor(9_000);
    const moving: FlowDeps["pacer"] = {
      turn: async () => void (await watch(bundle.deps, id, SIGNAL)),
    };
    const job = { deliveryId: id, attempt: 1, route: "seven-sms" };
    expect(await attempt({ ...bundle.deps, pacer: moving }, job, SIGNAL)).toBe("not_planned");
    expect(await bundle.delivery(id)).toMatchObject({ state: "queued", next: { route: "second-sms" } });
    expect([...bundle.providers.values()].flatMap((p) => p.calls)).toEqual([]);
  });

  test("stays where no other is better, and is looked at again", async () => {
    const sim = waiting();
    const id = await sim.taken();
    for (const route of ["seven-sms", "second-sms"]) sim.states.setWait(route, 20_000);
    await sim.runFor(8_600);
    const first = (await sim.delivery(id)).next;
    expect(first).toMatchObject({ route: "seven-sms", checkedAt: expect.any(Number) });
    await sim.runFor(8_600);
    expect((await sim.delivery(id)).next?.checkedAt).toBeGreaterThan(first!.checkedAt!);
    sim.states.setWait("second-sms", 0);
    await sim.runFor(8_600);
    expect((await sim.delivery(id)).next).toMatchObject({ route: "second-sms", why: "busy" });
  });

  test("moves to Telegram only when its own lane has stopped or its own turn comes after the code", async () => {
    const two = testRules({
      routes: [
        aRoute({ id: "seven-sms" }),
        aRoute({ id: "telegram-gateway", channel: "telegram", reach: 0.16 }),
      ],
    });
    for (const [hopeless, expected] of [
      [(sim: Simulation) => sim.states.setWait("seven-sms", 20_000), "seven-sms first"],
      [(sim: Simulation) => sim.states.setWait("seven-sms", 300_000), "telegram-gateway busy"],
      [
        (sim: Simulation) => {
          sim.states.setWait("seven-sms", 300_000);
          sim.states.setTurn("seven-sms", 200_000);
        },
        "seven-sms first",
      ],
      [(sim: Simulation) => sim.states.pause("seven-sms"), "telegram-gateway circuit"],
    ] as const) {
      const sim = waiting({ rules: two });
      const id = await sim.taken();
      hopeless(sim);
      await sim.runFor(8_600);
      const { next } = await sim.delivery(id);
      expect(`${next?.route} ${next?.why}`).toBe(expected);
    }
  });
});
