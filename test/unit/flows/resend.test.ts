import { describe, expect, test } from "vitest";
import { aRoute, testRules } from "../../support/build.ts";
import { accepted, uncertain } from "../../support/scripted-provider.ts";
import { simulate } from "../../support/simulate.ts";
import { byCaller, onlySeven, patient, reloadAt, sends, START } from "../../support/reload.ts";

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
