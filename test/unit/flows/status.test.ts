import { describe, expect, test } from "vitest";
import type { Rules } from "../../../src/core/rules.ts";
import { aReport, aRoute, testRules } from "../../support/build.ts";
import { accepted, type ProviderScript } from "../../support/scripted-provider.ts";
import { simulate, type Simulation } from "../../support/simulate.ts";

const push = testRules({
  routes: [
    aRoute({ id: "seven-sms", provider: "seven", canReadStatus: true }),
    aRoute({ id: "second-sms", canReadStatus: true }),
  ],
});
const poll: Rules = {
  ...push,
  routes: new Map([...push.routes].map(([id, route]) => [id, { ...route, reports: "poll" as const }])),
};
const sent = async (script: Partial<ProviderScript>, rules = push) => {
  const sim = simulate({ rules, scripts: { "seven-sms": { answers: [{ outcome: accepted }], ...script } } });
  return { sim, id: await sim.taken() };
};
const attempts = async (sim: Simulation, id: string) =>
  (await sim.delivery(id)).attempts.map((a) => `${a.route} ${a.state}`);
const delivered = (afterMs: number) => [
  { outcome: accepted, reports: [{ status: "delivered" as const, afterMs }] },
];

describe("where reports are sent to us", () => {
  test("a lost one is found before silence moves on", async () => {
    const { sim, id } = await sent({ answers: delivered(4_000), mute: true });
    await sim.runFor(9_900);
    expect(sim.provider("seven-sms").readings).toEqual([]);
    await sim.runFor(1_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
    expect(sim.events).toContainEqual({
      kind: "status.read",
      deliveryId: id,
      attempt: 1,
      route: "seven-sms",
      found: "known",
    });
    await sim.runFor(400_000);
    expect(sim.provider("second-sms").calls).toEqual([]);
    expect(sim.provider("seven-sms").readings).toHaveLength(1);
  });

  test("nothing is read while a report that a crash left behind is here", async () => {
    const { sim, id } = await sent({ mute: true });
    await sim.runFor(10);
    await sim.store.park("seven", aReport("delivered", { providerMessageId: "seven.1" }));
    await sim.runFor(21_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
    expect(sim.provider("seven-sms").readings).toEqual([]);
  });

  test("nothing is read of a message whose report came", async () => {
    const { sim, id } = await sent({ answers: delivered(4_000) });
    await sim.runFor(400_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
    expect(sim.provider("seven-sms").readings).toEqual([]);
  });

  test.each(["unknown", "unreadable"] as const)("a status that is %s holds nothing up", async (kind) => {
    const { sim, id } = await sent({ statuses: () => kind });
    await sim.runFor(31_000);
    expect(await attempts(sim, id)).toEqual(["seven-sms accepted", "second-sms accepted"]);
    await sim.runFor(330_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "unconfirmed" });
  });

  test("a provider that cannot be asked holds nothing up either", async () => {
    const { sim, id } = await sent({ statuses: "none" });
    await sim.runFor(31_000);
    expect(await attempts(sim, id)).toEqual(["seven-sms accepted", "second-sms accepted"]);
    expect(sim.faults).toEqual([]);
  });

  test("a lost report that it was not delivered moves on at once", async () => {
    const reports = [{ status: "undelivered" as const, afterMs: 3_000 }];
    const { sim, id } = await sent({ answers: [{ outcome: accepted, reports }], mute: true });
    await sim.runFor(21_000);
    expect(await attempts(sim, id)).toEqual(["seven-sms undelivered", "second-sms accepted"]);
  });

  test.each(["unreadable", "unknown"] as const)(
    "a first look that is %s is made again before silence",
    async (kind) => {
      const script = { answers: delivered(4_000), mute: true };
      const { sim, id } = await sent({ ...script, statuses: (n) => (n === 0 ? kind : "known") });
      await sim.runFor(26_000);
      expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
      await sim.runFor(400_000);
      expect(sim.provider("second-sms").calls).toEqual([]);
    },
  );

  test.each([
    ["accepted", 31_000, "silence"],
    ["transmitted", 31_000, "silence"],
    ["buffered", 21_000, "buffered"],
    ["unknown", 31_000, "silence"],
    ["undelivered", 11_000, "undelivered"],
  ] as const)("a record that says %s moves on after %i ms for %s", async (status, withinMs, why) => {
    const answers = [{ outcome: accepted, reports: [{ status, afterMs: 3_000 }] }];
    const { sim, id } = await sent({ answers, mute: true });
    await sim.runFor(withinMs);
    expect((await sim.delivery(id)).attempts.map((a) => a.why)).toEqual(["first", why]);
  });

  test("the message that was left is still asked for, and lifts the delivery", async () => {
    const { sim, id } = await sent({ answers: delivered(45_000), mute: true });
    await sim.runFor(51_500);
    expect(await attempts(sim, id)).toEqual(["seven-sms delivered", "second-sms accepted"]);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
  });
});

describe("where nobody can send us reports", () => {
  test("a delivery ends delivered within seconds of its report", async () => {
    const { sim, id } = await sent({ answers: delivered(5_000), mute: true }, poll);
    await sim.runFor(7_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
    expect(sim.heard).toEqual([]);
  });

  test("silence is found by asking, ever more rarely", async () => {
    const { sim, id } = await sent({ mute: true }, poll);
    await sim.runFor(31_000);
    expect(await attempts(sim, id)).toEqual(["seven-sms accepted", "second-sms accepted"]);
    await sim.runFor(330_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "unconfirmed" });
    const { readings } = sim.provider("seven-sms");
    expect(readings.length).toBeLessThan(16);
    const gaps = readings.slice(1).map((at, i) => at - readings[i]!);
    expect(gaps.at(-1)).toBeGreaterThan(60_000);
  });

  test("a phone out of reach is found early and moves on after 10 s", async () => {
    const reports = [{ status: "buffered" as const, afterMs: 1_000 }];
    const { sim, id } = await sent({ answers: [{ outcome: accepted, reports }], mute: true }, poll);
    await sim.runFor(13_500);
    expect((await sim.delivery(id)).attempts).toMatchObject([{ leftFor: "buffered" }, { why: "buffered" }]);
  });
});
