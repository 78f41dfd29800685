import { describe, expect, test } from "vitest";
import { cancel, tellOutcome } from "../../../src/flows/outcome.ts";
import { sendAgain } from "../../../src/flows/resend.ts";
import { accepted } from "../../support/scripted-provider.ts";
import { simulate, type Simulation } from "../../support/simulate.ts";

const stored = async (sim: Simulation, id: string) => (await sim.store.load(id))!;
const tell = async (sim: Simulation, id: string, verified = true) =>
  tellOutcome(sim.deps, await stored(sim, id), verified);
const callsOf = (sim: Simulation) => [...sim.providers.values()].flatMap((p) => p.calls).length;
const started = async (laneWaitMs = 0) => {
  const sim = simulate({ laneWaitMs: () => laneWaitMs });
  return { sim, id: await sim.taken() };
};

describe("a verified code", () => {
  test("takes the waiting job out of its lane and leaves no timer", async () => {
    const { sim, id } = await started(5_000);
    expect(await tell(sim, id)).toBe("verified");
    expect(await sim.delivery(id)).toMatchObject({ state: "verified", attempts: [] });
    expect(sim.jobs.held()).toEqual([]);
    expect(sim.store.nextDueAt()).toBeUndefined();
    await sim.runFor(400_000);
    expect(callsOf(sim)).toBe(0);
  });

  test("stops the failover that silence would have brought", async () => {
    const { sim, id } = await started();
    await sim.runFor(29_000);
    await tell(sim, id);
    await sim.runFor(400_000);
    expect(callsOf(sim)).toBe(1);
    expect((await sim.store.loadWithSecrets(id))?.secrets.content).toBeUndefined();
  });

  test("is told once: a second word changes nothing, and no reload sends again", async () => {
    const { sim, id } = await started();
    await sim.runFor(5_000);
    await tell(sim, id);
    const { version } = await stored(sim, id);
    expect(await tell(sim, id)).toBe("verified");
    expect((await stored(sim, id)).version).toBe(version);
    await sim.runFor(90_000);
    expect(await sim.taken()).toBe(id);
    expect(await sendAgain(sim.deps, await stored(sim, id), "caller")).toBe("over");
    expect(callsOf(sim)).toBe(1);
  });

  test("stops a copy that was asked for and still waits", async () => {
    const { sim, id } = await started(1_000);
    await sim.runFor(2_000);
    await sendAgain(sim.deps, await stored(sim, id), "caller");
    await tell(sim, id);
    await sim.runFor(100_000);
    expect(callsOf(sim)).toBe(1);
    expect(sim.jobs.held()).toEqual([]);
  });

  test("stands above what is reported later", async () => {
    const sim = simulate({
      scripts: {
        "seven-sms": {
          answers: [{ outcome: accepted, reports: [{ status: "undelivered", afterMs: 9_000 }] }],
        },
      },
    });
    const id = await sim.taken();
    await sim.runFor(5_000);
    await tell(sim, id);
    await sim.runFor(10_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "verified", attempts: [{ state: "undelivered" }] });
    expect(callsOf(sim)).toBe(1);
  });

  test("is too late a minute after the code's end", async () => {
    const { sim, id } = await started();
    await sim.runFor(360_001);
    expect(await tell(sim, id)).toBe("over");
    expect(await sim.delivery(id)).toMatchObject({ state: "unconfirmed" });
  });

  test("a code that was not verified changes nothing", async () => {
    const { sim, id } = await started();
    await sim.runFor(5_000);
    const before = await stored(sim, id);
    expect(await tell(sim, id, false)).toBe("noted");
    expect(await stored(sim, id)).toEqual(before);
    expect(sim.events).toContainEqual({ kind: "outcome.told", deliveryId: id, verified: false });
  });
});

describe("cancel", () => {
  const take = async (sim: Simulation, id: string) => cancel(sim.deps, await stored(sim, id));

  test("before anything was sent ends the delivery unsent", async () => {
    const { sim, id } = await started(5_000);
    expect(await take(sim, id)).toBe("cancelled");
    expect(await sim.delivery(id)).toMatchObject({ state: "cancelled", attempts: [] });
    expect(sim.jobs.held()).toEqual([]);
    await sim.runFor(400_000);
    expect(callsOf(sim)).toBe(0);
    expect(await take(sim, id)).toBe("over");
  });

  test("after a provider took it sends nothing more and still follows its reports", async () => {
    const reports = [{ status: "delivered" as const, afterMs: 50_000 }];
    const sim = simulate({ scripts: { "seven-sms": { answers: [{ outcome: accepted, reports }] } } });
    const id = await sim.taken();
    await sim.runFor(5_000);
    expect(await take(sim, id)).toBe("stopped");
    await sim.runFor(40_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "sent" });
    expect(await sendAgain(sim.deps, await stored(sim, id), "caller")).not.toBe("attempt");
    await sim.runFor(10_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
    expect(callsOf(sim)).toBe(1);
  });

  test("frees the text: the same one is a new delivery", async () => {
    const { sim, id } = await started(5_000);
    await take(sim, id);
    expect(await sim.taken()).not.toBe(id);
  });
});
