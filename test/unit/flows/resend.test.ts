import { describe, expect, test } from "vitest";
import { sendAgain } from "../../../src/flows/resend.ts";
import { aRoute, testRules } from "../../support/build.ts";
import { CODE, TEXT } from "../../support/flow-bundle.ts";
import { accepted, refused, uncertain } from "../../support/scripted-provider.ts";
import { simulate, type Simulation } from "../../support/simulate.ts";

const CONTENT = { code: CODE, text: TEXT };
/** No silence of any route moves on: what is sent again was asked for. */
const patient = testRules({
  routes: [
    aRoute({ id: "seven-sms", provider: "seven", silenceMs: undefined, lockMs: 180_000 }),
    aRoute({ id: "telegram-gateway", channel: "telegram", silenceMs: undefined, reach: 0.16 }),
    aRoute({ id: "second-sms", silenceMs: undefined }),
  ],
});
const onlySeven = testRules({
  routes: [aRoute({ id: "seven-sms", provider: "seven", silenceMs: undefined, lockMs: 180_000 })],
});
const sends = (sim: Simulation) =>
  [...sim.providers].flatMap(([route, p]) => p.taken.map((t) => `${route} ${(t.takenAt - START) / 1_000}`));
const START = 1_700_000_000_000;
const reloadAt = async (sim: Simulation, seconds: number, more: object = {}) => {
  await sim.runUntil(START + seconds * 1_000);
  const id = await sim.taken(more);
  await sim.runFor(10);
  return id;
};
const byCaller = async (sim: Simulation, id: string) => {
  const said = await sendAgain(sim.deps, (await sim.store.load(id))!, "caller");
  await sim.runFor(10);
  return said;
};
const deliveredAfter = (afterMs: number) => ({
  answers: [{ outcome: accepted, reports: [{ status: "delivered" as const, afterMs }] }],
});

describe("a reload of the login page", () => {
  test.each([
    [[5], ["seven-sms 0"]],
    [[5, 25], ["seven-sms 0"]],
    [
      [5, 25, 70],
      ["seven-sms 0", "telegram-gateway 70"],
    ],
    [
      [5, 25, 70, 200],
      ["seven-sms 0", "telegram-gateway 70", "second-sms 200"],
    ],
    [
      [70, 75, 99],
      ["seven-sms 0", "telegram-gateway 70"],
    ],
    [
      [35, 70, 110, 270],
      ["seven-sms 0", "telegram-gateway 35", "second-sms 70", "telegram-gateway 110"],
    ],
  ])("after %j s sends %j", async (reloads, expected) => {
    const sim = simulate({ rules: patient });
    const id = await sim.taken();
    for (const seconds of reloads) expect(await reloadAt(sim, seconds)).toBe(id);
    expect(sends(sim)).toEqual(expect.arrayContaining(expected));
    expect(sends(sim)).toHaveLength(expected.length);
    expect(sim.store.counts()["accepted"]).toBe(1);
  });

  test("with one route only repeats there when the provider's lock is over", async () => {
    const sim = simulate({ rules: onlySeven });
    await sim.taken();
    for (const seconds of [70, 150, 200, 240]) await reloadAt(sim, seconds);
    expect(sends(sim)).toEqual(["seven-sms 0", "seven-sms 200"]);
  });

  test("twenty times in 29 s costs nothing", async () => {
    const sim = simulate({ rules: patient });
    await sim.taken();
    for (let i = 1; i <= 20; i++) await reloadAt(sim, i * 1.45);
    expect(sends(sim)).toEqual(["seven-sms 0"]);
  });

  test("many at once send one more copy", async () => {
    const sim = simulate({ rules: patient });
    await sim.taken();
    await sim.runUntil(START + 40_000);
    await Promise.all(Array.from({ length: 20 }, () => sim.taken()));
    await sim.runFor(10);
    expect(sends(sim)).toEqual(["seven-sms 0", "telegram-gateway 40"]);
  });

  test("with a key that was used only repeats its answer", async () => {
    const sim = simulate({ rules: patient });
    const id = await sim.taken({ idempotencyKey: "k" });
    expect(await reloadAt(sim, 70, { idempotencyKey: "k" })).toBe(id);
    expect(sends(sim)).toEqual(["seven-sms 0"]);
  });

  test("does not send while it is not known whether the last copy arrived", async () => {
    const sim = simulate({
      rules: patient,
      scripts: { "telegram-gateway": { answers: [{ outcome: uncertain }] } },
    });
    await sim.taken();
    await reloadAt(sim, 40);
    await reloadAt(sim, 41);
    expect(sends(sim)).toEqual(["seven-sms 0"]);
  });

  test("after a plan that was through is asked of a route again, and its outage is retried", async () => {
    const away = { kind: "unavailable", reason: "connect" } as const;
    const impatient = testRules({ routes: [aRoute({ id: "seven-sms", provider: "seven", lockMs: 60_000 })] });
    const answers = [{ outcome: accepted }, { outcome: away }, { outcome: accepted }];
    const sim = simulate({ rules: impatient, scripts: { "seven-sms": { answers } } });
    const id = await sim.taken();
    await sim.runFor(40_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "sent", exhaustedAt: expect.any(Number) });
    await reloadAt(sim, 70);
    await sim.runFor(2_000);
    expect((await sim.delivery(id)).attempts.map((a) => `${a.state} ${a.why}`)).toEqual([
      "accepted first",
      "unavailable resend",
      "accepted retry",
    ]);
  });
});

describe("a code that was reported delivered", () => {
  const delivered = async (more: object = {}) => {
    const sim = simulate({ rules: patient, scripts: { "seven-sms": deliveredAfter(5_000), ...more } });
    const id = await sim.taken();
    await sim.runFor(6_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
    expect((await sim.store.loadWithSecrets(id))?.secrets.content).toBeUndefined();
    return { sim, id };
  };

  test("is sent again from 60 s on, with the same content, which is then erased again", async () => {
    const { sim, id } = await delivered();
    await reloadAt(sim, 64);
    expect(sends(sim)).toEqual(["seven-sms 0"]);
    await sim.runUntil(START + 65_100);
    expect(await sim.taken()).toBe(id);
    expect((await sim.store.loadWithSecrets(id))?.secrets.content).toEqual(CONTENT);
    expect(sim.store.openCount()).toBe(1);
    await sim.runFor(10);
    expect(sim.provider("telegram-gateway").taken).toMatchObject([{ text: TEXT }]);
    expect((await sim.store.loadWithSecrets(id))?.secrets.content).toBeUndefined();
    expect(sim.store.openCount()).toBe(0);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered", attempts: [{}, { why: "resend" }] });
    expect(sim.store.counts()).toMatchObject({ accepted: 1, delivered: 1 });
  });

  test("stays delivered when the second copy is refused, and nothing follows by itself", async () => {
    const { sim, id } = await delivered({ "telegram-gateway": { answers: [{ outcome: refused }] } });
    await reloadAt(sim, 70);
    await sim.runFor(20_000);
    expect(sends(sim)).toEqual(["seven-sms 0"]);
    expect((await sim.store.loadWithSecrets(id))?.secrets.content).toBeUndefined();
    await reloadAt(sim, 101);
    expect(sends(sim)).toEqual(["seven-sms 0", "second-sms 101"]);
  });

  test("is not sent again by the caller, who does not give the code once more", async () => {
    const { sim, id } = await delivered();
    await sim.runFor(70_000);
    expect(await byCaller(sim, id)).toBe("content_gone");
    expect(sends(sim)).toEqual(["seven-sms 0"]);
  });

  test("keeps its content until a doubtful second copy is settled", async () => {
    const { sim, id } = await delivered({
      "telegram-gateway": { answers: [{ outcome: uncertain, took: true }], lookUps: () => "found" },
    });
    await reloadAt(sim, 70);
    expect((await sim.store.loadWithSecrets(id))?.secrets.content).toEqual(CONTENT);
    await sim.runFor(5_000);
    expect((await sim.store.loadWithSecrets(id))?.secrets.content).toBeUndefined();
    expect(sim.store.openCount()).toBe(0);
  });

  test("that waits in a lane which never moves is erased at the deadline", async () => {
    const lanes = [0];
    const sim = simulate({
      rules: patient,
      scripts: { "seven-sms": deliveredAfter(5_000) },
      laneWaitMs: () => lanes.shift() ?? 900_000,
    });
    const id = await sim.taken();
    await reloadAt(sim, 70);
    expect(sim.store.openCount()).toBe(1);
    await sim.runFor(260_000);
    expect((await sim.store.loadWithSecrets(id))?.secrets.content).toBeUndefined();
    expect(sim.store.openCount()).toBe(0);
    expect(sim.jobs.held()).toEqual([]);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
  });

  test("moves past an open circuit and is still what was asked for", async () => {
    const { sim, id } = await delivered();
    await sim.runUntil(START + 70_000);
    const laneOpens = { ...sim.deps.jobs, enqueue: sim.deps.jobs.enqueue };
    await sendAgain({ ...sim.deps, jobs: laneOpens }, (await sim.store.load(id))!, "reload", CONTENT);
    sim.circuits.open("telegram-gateway");
    await sim.runFor(10);
    expect(await sim.delivery(id)).toMatchObject({ attempts: [{}, { route: "second-sms", why: "resend" }] });
  });
});

describe("a resend by the caller", () => {
  test("takes the next route now, and each later one while the caps last", async () => {
    const sim = simulate({ rules: patient });
    const id = await sim.taken();
    await sim.runFor(5_000);
    expect(await byCaller(sim, id)).toBe("attempt");
    expect(await byCaller(sim, id)).toBe("attempt");
    expect(await byCaller(sim, id)).toBe("attempt");
    expect(sends(sim)).toHaveLength(4);
    expect(await byCaller(sim, id)).toBe("used_up");
    await sim.runFor(200_000);
    expect(await byCaller(sim, id)).toBe("used_up");
    expect(sends(sim)).toHaveLength(4);
    const planned = sim.events.flatMap((e) => (e.kind === "resend.asked" ? [e.planned] : []));
    expect(planned).toEqual([true, true, true, false, false]);
  });

  test("sends nothing while a copy is under way, and nothing in the last 30 s", async () => {
    const sim = simulate({ rules: patient, laneWaitMs: () => 3_000 });
    const id = await sim.taken();
    expect(await byCaller(sim, id)).toBe("underway");
    await sim.runUntil(START + 270_001);
    expect(await byCaller(sim, id)).toBe("too_late");
    expect(sends(sim)).toEqual(["seven-sms 3"]);
  });
});
