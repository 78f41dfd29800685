import { describe, expect, test } from "vitest";
import { aRoute, testRules } from "../../support/build.ts";
import { accepted, type ProviderScript, refused } from "../../support/scripted-provider.ts";
import { simulate, type Simulation, type SimulationOptions } from "../../support/simulate.ts";

const seven = aRoute({ id: "seven-sms", provider: "seven", canReadStatus: true });
const second = aRoute({ id: "second-sms", canReadStatus: true });
const telegram = aRoute({ id: "telegram-gateway", channel: "telegram", reach: 0.16, silenceMs: 15_000 });
const SMS_ONLY = testRules({ routes: [seven, second] });
const WITH_TELEGRAM = testRules({ routes: [seven, telegram] });

const routes = async (sim: Simulation, id: string) =>
  (await sim.delivery(id)).attempts.map((a) => `${a.route} ${a.state} ${a.why}`);
const well = { outcome: accepted, reports: [{ status: "delivered" as const, afterMs: 300 }] };
const silent = { outcome: accepted };
/** Of each five messages the first `vanishing` are neither brought nor reported. */
const brings = (vanishing: () => number): ProviderScript => ({
  answers: (call) => (call % 5 < vanishing() ? silent : well),
});

type Crowd = Simulation & { codes: (count: number, everyMs?: number) => Promise<string[]> };

function aCrowd(options: SimulationOptions): Crowd {
  const sim = simulate({ scripts: { "second-sms": { answers: [well] } }, ...options });
  let texts = 0;
  return {
    ...sim,
    codes: async (count, everyMs = 300) => {
      const ids: string[] = [];
      for (let i = 0; i < count; i++) {
        ids.push(await sim.taken({ content: { code: undefined, text: `text ${++texts}` } }));
        await sim.runFor(everyMs);
      }
      return ids;
    },
  };
}

const starts = (sim: Simulation) => sim.events.flatMap((e) => (e.kind === "accept.queued" ? [e.route] : []));
const share = (all: readonly string[], route: string) => all.filter((r) => r === route).length / all.length;

describe("a route that takes everything and reports little", () => {
  test("is noticed within 20 s of its beginning, and new codes start elsewhere", async () => {
    let vanishing = 0;
    const sim = aCrowd({
      rules: SMS_ONLY,
      scripts: { "seven-sms": brings(() => vanishing), "second-sms": { answers: [well] } },
    });
    await sim.codes(40);
    vanishing = 3;
    const sickAt = sim.clock.now();
    await sim.codes(70);
    expect(sim.events).toContainEqual(
      expect.objectContaining({ kind: "route.quiet", route: "seven-sms", to: "quiet" }),
    );
    expect(sim.quiet.isQuiet("seven-sms")).toBe(true);
    expect(sim.clock.now() - sickAt).toBeLessThanOrEqual(21_000);
    const before = sim.events.length;
    await sim.codes(100);
    const since = starts({ ...sim, events: sim.events.slice(before) });
    expect(share(since, "second-sms")).toBeGreaterThan(0.8);
    // Some still begin there, or nobody would see it recover.
    expect(share(since, "seven-sms")).toBeGreaterThan(0.02);
    vanishing = 0;
    await sim.codes(400);
    expect(sim.events).toContainEqual(
      expect.objectContaining({ kind: "route.quiet", route: "seven-sms", to: "speaking" }),
    );
    expect(starts(sim).slice(-20)).toEqual(Array.from({ length: 20 }, () => "seven-sms"));
    expect(sim.faults).toEqual([]);
  });

  test("stays the first where a sixth of its messages is only slow", async () => {
    const slow = { outcome: accepted, reports: [{ status: "delivered" as const, afterMs: 14_000 }] };
    const answers = (call: number) => (call % 6 === 0 ? slow : well);
    const sim = aCrowd({ rules: SMS_ONLY, scripts: { "seven-sms": { answers } } });
    await sim.codes(200);
    expect(sim.events.filter((e) => e.kind === "route.quiet")).toEqual([]);
    expect(share(starts(sim), "seven-sms")).toBe(1);
  });

  test("is not noticed by what its journal knows although no report reaches us", async () => {
    const sim = aCrowd({ rules: SMS_ONLY, scripts: { "seven-sms": { answers: [well], mute: true } } });
    const ids = await sim.codes(80);
    expect(sim.quiet.isQuiet("seven-sms")).toBe(false);
    await sim.runFor(15_000);
    for (const id of ids) expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
    expect(sim.provider("second-sms").calls).toEqual([]);
  });

  test("is noticed at the end of patience where its record cannot be read", async () => {
    const sim = aCrowd({
      rules: SMS_ONLY,
      scripts: {
        "seven-sms": { answers: [silent], statuses: () => "unreadable" },
        "second-sms": { answers: [well] },
      },
    });
    await sim.codes(30);
    await sim.runFor(20_000);
    expect(sim.quiet.isQuiet("seven-sms")).toBe(false);
    await sim.runFor(14_000);
    expect(sim.quiet.isQuiet("seven-sms")).toBe(true);
  });
});

describe("a quiet route", () => {
  const quiet = (
    rules: SimulationOptions["rules"],
    scripts: Record<string, ProviderScript> = {},
    seed = 1,
  ) => {
    const sim = simulate({ rules: rules!, scripts, seed });
    sim.quiet.silence("seven-sms");
    return sim;
  };

  test("leaves a new code to the next one, and the timeline says why", async () => {
    const sim = quiet(SMS_ONLY);
    const id = await sim.taken();
    await sim.runFor(10);
    expect(await routes(sim, id)).toEqual(["second-sms accepted quiet"]);
  });

  test("lets one that reaches few be asked first, and takes what that refuses", async () => {
    const sim = quiet(WITH_TELEGRAM, { "telegram-gateway": { answers: [{ outcome: refused }] } });
    const id = await sim.taken();
    await sim.runFor(10);
    expect(await routes(sim, id)).toEqual(["telegram-gateway refused quiet", "seven-sms accepted refused"]);
    const next = await sim.taken({ content: { code: undefined, text: "next" } });
    await sim.runFor(10);
    expect(await routes(sim, next), "known not to be there").toEqual(["seven-sms accepted first"]);
  });

  test("is the first as ever where all are quiet, or there is no other", async () => {
    for (const rules of [SMS_ONLY, testRules({ routes: [seven] })]) {
      const sim = quiet(rules);
      if (rules === SMS_ONLY) sim.quiet.silence("second-sms");
      const id = await sim.taken();
      await sim.runFor(10);
      expect(await routes(sim, id)).toEqual(["seven-sms accepted first"]);
    }
  });

  test.each([
    ["at its first look", 0, 10_500],
    ["at the next one if it went quiet meanwhile", 12_000, 15_500],
  ])("is left by what it has taken %s", async (_, quietAfterMs, leftByMs) => {
    const sim = simulate({ rules: SMS_ONLY });
    const id = await sim.taken();
    await sim.runFor(quietAfterMs);
    sim.quiet.silence("seven-sms");
    await sim.runFor(leftByMs - quietAfterMs);
    expect(await routes(sim, id)).toEqual(["seven-sms accepted first", "second-sms accepted quiet"]);
    expect((await sim.delivery(id)).attempts[0]).toMatchObject({ leftFor: "quiet" });
    expect(sim.provider("seven-sms").taken).toHaveLength(1);
  });

  test("keeps what it has taken where no other route is free", async () => {
    const sim = simulate({ rules: SMS_ONLY });
    const id = await sim.taken();
    for (const route of ["seven-sms", "second-sms"]) sim.quiet.silence(route);
    await sim.runFor(29_000);
    expect(await routes(sim, id)).toEqual(["seven-sms accepted first"]);
    await sim.runFor(2_000);
    expect(await routes(sim, id)).toEqual(["seven-sms accepted first", "second-sms accepted silence"]);
  });

  test("is left by an attempt that has waited there for too long", async () => {
    const lanes = [100_000, 0];
    const sim = simulate({ rules: SMS_ONLY, laneWaitMs: () => lanes.shift() ?? 0 });
    const id = await sim.taken();
    sim.quiet.silence("seven-sms");
    await sim.runFor(8_600);
    expect(await routes(sim, id)).toEqual(["second-sms accepted quiet"]);
  });

  test("comes after the others when a code is to be sent again", async () => {
    const sim = simulate({ rules: testRules({ routes: [second, seven, aRoute({ id: "third-sms" })] }) });
    sim.quiet.silence("seven-sms");
    const id = await sim.taken();
    await sim.runFor(31_000);
    expect(await routes(sim, id)).toEqual(["second-sms accepted first", "third-sms accepted silence"]);
  });
});
