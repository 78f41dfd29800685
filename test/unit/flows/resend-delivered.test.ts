import { describe, expect, test } from "vitest";
import { cancel, tellOutcome } from "../../../src/flows/outcome.ts";
import { sendAgain } from "../../../src/flows/resend.ts";
import { testRules } from "../../support/build.ts";
import { TEXT } from "../../support/flow-bundle.ts";
import { accepted, refused, unavailable, uncertain } from "../../support/scripted-provider.ts";
import { simulate, type Simulation } from "../../support/simulate.ts";
import { byCaller, CONTENT, deliveredAfter, patient, reloadAt, sends, START } from "../../support/reload.ts";

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

  const isOver = async (sim: Simulation, id: string) => {
    expect((await sim.store.loadWithSecrets(id))?.secrets.content).toBeUndefined();
    expect([sim.store.openCount(), sim.store.nextDueAt(), sim.jobs.held()]).toEqual([0, undefined, []]);
    const last = await sim.delivery(id);
    expect(last.state).toBe("delivered");
    expect(last).not.toHaveProperty("askedAt");
    expect(last).not.toHaveProperty("next");
    expect(sim.store.counts()).toMatchObject({ accepted: 1, delivered: 1 });
    return last.attempts.slice(1).map((a) => `${a.route} ${a.state} ${a.why}`);
  };
  const no = { answers: [{ outcome: refused }] };
  const down = { answers: [{ outcome: unavailable }] };

  test("goes on to the next route when the second copy is refused, and its reload then waits", async () => {
    const { sim, id } = await delivered({ "telegram-gateway": no });
    await reloadAt(sim, 70);
    expect(await isOver(sim, id)).toEqual(["telegram-gateway refused resend", "second-sms accepted refused"]);
    expect(sim.provider("second-sms").taken).toMatchObject([{ text: TEXT }]);
    await reloadAt(sim, 99.9);
    expect(sends(sim)).toEqual(["seven-sms 0", "second-sms 70"]);
    await reloadAt(sim, 181);
    expect(sends(sim)).toEqual(["seven-sms 0", "seven-sms 181", "second-sms 70"]);
  });

  test("goes on when a report says that the second copy did not arrive before its accept is known", async () => {
    const overtaking = {
      answers: [
        {
          outcome: accepted,
          latencyMs: 2_000,
          reports: [{ status: "undelivered" as const, afterMs: 500, names: "reference" as const }],
        },
      ],
    };
    const { sim, id } = await delivered({ "telegram-gateway": overtaking });
    await reloadAt(sim, 70);
    await sim.runFor(5_000);
    expect(await isOver(sim, id)).toEqual([
      "telegram-gateway undelivered resend",
      "second-sms accepted undelivered",
    ]);
  });

  test("takes the same route once more when all others refuse it and its lock is over", async () => {
    const { sim, id } = await delivered({ "telegram-gateway": no, "second-sms": no });
    await reloadAt(sim, 181);
    expect(await isOver(sim, id)).toEqual([
      "telegram-gateway refused resend",
      "second-sms refused refused",
      "seven-sms accepted resend",
    ]);
  });

  test("is over where all others refuse it and the same route is locked, until it is asked for again", async () => {
    const { sim, id } = await delivered({ "telegram-gateway": no, "second-sms": no });
    await reloadAt(sim, 70);
    expect(await isOver(sim, id)).toHaveLength(2);
    await sim.runFor(80_000);
    expect(sends(sim)).toEqual(["seven-sms 0"]);
    await reloadAt(sim, 200);
    expect(await isOver(sim, id)).toHaveLength(3);
    expect(sends(sim)).toEqual(["seven-sms 0", "seven-sms 200"]);
  });

  test("is tried again in an outage, until the lock of the route that had it is over", async () => {
    const { sim, id } = await delivered({ "telegram-gateway": down, "second-sms": down });
    await reloadAt(sim, 70);
    await sim.runUntil(START + 179_000);
    expect((await sim.store.loadWithSecrets(id))?.secrets.content).toEqual(CONTENT);
    expect(sends(sim)).toEqual(["seven-sms 0"]);
    await sim.runUntil(START + 225_000);
    expect((await isOver(sim, id)).slice(-2)).toEqual([
      expect.stringMatching(/unavailable again$/),
      "seven-sms delivered resend",
    ]);
  });

  test("is tried again in an outage until the deadline, when its code is erased", async () => {
    const once = { answers: [...deliveredAfter(5_000).answers, ...down.answers] };
    const { sim, id } = await delivered({ "seven-sms": once, "telegram-gateway": down, "second-sms": down });
    await reloadAt(sim, 70);
    await sim.runUntil(START + 230_000);
    expect((await sim.store.loadWithSecrets(id))?.secrets.content).toEqual(CONTENT);
    await sim.runUntil(START + 271_000);
    const attempts = await isOver(sim, id);
    expect(attempts.length).toBeGreaterThan(8);
    expect(attempts.length).toBeLessThan(30);
    expect(sends(sim)).toEqual(["seven-sms 0"]);
  });

  test.each(["verified", "cancelled"] as const)("stops at once when it was %s meanwhile", async (how) => {
    const { sim, id } = await delivered({ "telegram-gateway": down, "second-sms": down });
    await reloadAt(sim, 70);
    const stored = (await sim.store.load(id))!;
    expect(stored.delivery.next).toBeDefined();
    if (how === "verified") await tellOutcome(sim.deps, stored, true);
    else expect(await cancel(sim.deps, stored)).toBe("stopped");
    const { attempts } = await sim.delivery(id);
    await sim.runFor(300_000);
    expect((await sim.delivery(id)).attempts).toHaveLength(attempts.length);
    expect((await sim.store.loadWithSecrets(id))?.secrets.content).toBeUndefined();
    expect([sim.store.openCount(), sim.jobs.held()]).toEqual([0, []]);
  });

  test("is over at the deadline also if a wish was left without its next attempt", async () => {
    const { sim, id } = await delivered({ "telegram-gateway": no });
    const from = (await sim.store.load(id))!;
    const askedAt = sim.clock.now();
    const failed = { ...from.delivery.attempts[0]!, number: 2, state: "refused" as const };
    const { deliveredAt: _, ...second } = failed;
    const to = { ...from.delivery, askedAt, attempts: [...from.delivery.attempts, second] };
    await sim.store.save({ from, to, dueAt: askedAt + 1_000, binds: [], reseal: CONTENT });
    await sim.runUntil(START + 269_000);
    expect((await sim.store.loadWithSecrets(id))?.secrets.content).toEqual(CONTENT);
    await sim.runUntil(START + 271_000);
    expect(await isOver(sim, id)).toHaveLength(1);
  });

  test("stops when an earlier copy is reported delivered meanwhile", async () => {
    const late = {
      answers: [{ outcome: accepted, reports: [{ status: "delivered" as const, afterMs: 85_000 }] }],
    };
    const rules = testRules({
      routes: [...patient.routes.values()].map((r) => ({ ...r, silenceMs: 4_000 })),
    });
    const sim = simulate({
      rules,
      scripts: {
        "seven-sms": late,
        "telegram-gateway": deliveredAfter(3_000),
        "second-sms": {
          answers: [{ outcome: { ...unavailable, retryAfterMs: 12_000 } as typeof unavailable }],
        },
      },
    });
    const id = await sim.taken();
    await reloadAt(sim, 80);
    await sim.runUntil(START + 84_900);
    expect((await sim.delivery(id)).next).toBeDefined();
    await sim.runUntil(START + 86_000);
    expect(await isOver(sim, id)).toContain("telegram-gateway delivered silence");
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
