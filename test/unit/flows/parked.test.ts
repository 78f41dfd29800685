import { describe, expect, test } from "vitest";
import { reconcile } from "../../../src/flows/reconcile.ts";
import { applyParked, settle } from "../../../src/flows/settle.ts";
import { aReport, aRoute, testRules } from "../../support/build.ts";
import { Crash } from "../../support/chaos.ts";
import { accepted, type PlannedReport, refused, uncertain } from "../../support/scripted-provider.ts";
import { simulate } from "../../support/simulate.ts";

const sent = async (reports: readonly PlannedReport[] = []) => {
  const sim = simulate({ scripts: { "seven-sms": { answers: [{ outcome: accepted, reports }] } } });
  const id = await sim.taken();
  await sim.runFor(10);
  const tell = (status: PlannedReport["status"], names: object = { providerMessageId: "seven.1" }) =>
    settle(sim.deps, { provider: "seven", report: aReport(status, names) });
  return { sim, id, tell };
};

/** Taken by the provider, as nobody knows yet. */
const doubtful = async () => {
  const sim = simulate({ scripts: { "seven-sms": { answers: [{ outcome: uncertain, took: true }] } } });
  const id = await sim.taken();
  await sim.runFor(10);
  const tell = (deps: typeof sim.deps, status: PlannedReport["status"], names: object) =>
    settle(deps, { provider: "seven", report: aReport(status, names) });
  return { sim, id, tell };
};

describe("a parked report", () => {
  test("that is parked while its message becomes known is applied at once", async () => {
    const { sim, id } = await sent();
    let looks = 0;
    const store: typeof sim.store = {
      ...sim.store,
      findByMessageId: async (...name) => (looks++ === 0 ? undefined : sim.store.findByMessageId(...name)),
    };
    const report = aReport("delivered", { providerMessageId: "seven.1" });
    expect(await settle({ ...sim.deps, store }, { provider: "seven", report })).toBe("applied");
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
    expect(await sim.store.parked("seven", "seven.1")).toEqual([]);
  });

  test("that tells most is applied first: a crash after it loses nothing", async () => {
    const { sim, id } = await sent();
    const parked = (["undelivered", "delivered"] as const).map((status) => ({
      provider: "seven",
      report: aReport(status, { providerMessageId: "seven.1" }),
    }));
    let loads = 0;
    const load: typeof sim.store.load = async (name) => {
      if (loads++ > 0) throw new Crash();
      return sim.store.load(name);
    };
    await expect(applyParked({ ...sim.deps, store: { ...sim.store, load } }, parked)).rejects.toThrow(Crash);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
  });

  test("of a repeated message belongs to the newest that the provider may have taken", async () => {
    const sim = simulate({
      scripts: {
        "seven-sms": {
          answers: [{ outcome: uncertain, took: true }, { outcome: refused }],
          journalLagMs: 60_000,
        },
      },
    });
    const id = await sim.taken();
    await sim.runFor(7_000);
    await settle(sim.deps, { provider: "seven", report: aReport("delivered", { reference: `${id}-1` }) });
    expect((await sim.delivery(id)).attempts).toMatchObject([
      { state: "delivered" },
      { state: "refused" },
      {},
    ]);
  });

  test("is not lost to whoever throws the others away just after it was parked", async () => {
    const { sim, id } = await sent();
    let looks = 0;
    const store: typeof sim.store = {
      ...sim.store,
      findByMessageId: async (...name) => (looks++ === 0 ? undefined : sim.store.findByMessageId(...name)),
      park: async (provider, report) => {
        await sim.store.park(provider, report);
        await sim.store.unpark(provider, "seven.1");
      },
    };
    const report = aReport("delivered", { providerMessageId: "seven.1" });
    expect(await settle({ ...sim.deps, store }, { provider: "seven", report })).toBe("applied");
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
  });

  test("is found by a later report that brings the message id", async () => {
    const { sim, id, tell } = await doubtful();
    expect(await tell(sim.deps, "delivered", { providerMessageId: "seven.1" })).toBe("parked");
    await tell(sim.deps, "transmitted", { providerMessageId: "seven.1", reference: `${id}-1` });
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
  });

  test("none of several is lost when the worker dies while it applies them", async () => {
    const { sim, id, tell } = await doubtful();
    for (const status of ["transmitted", "delivered"] as const) {
      expect(await tell(sim.deps, status, { providerMessageId: "seven.1" })).toBe("parked");
    }
    const unpark = () => Promise.reject(new Crash());
    const dying = { ...sim.deps, store: { ...sim.store, unpark } };
    const both = { providerMessageId: "seven.1", reference: `${id}-1` };
    await expect(tell(dying, "accepted", both)).rejects.toThrow(Crash);
    expect(await sim.store.parked("seven", "seven.1")).toHaveLength(2);
    await tell(sim.deps, "accepted", both);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
    expect(await sim.store.parked("seven", "seven.1")).toEqual([]);
  });

  test("is found by the second run of the report that brought its message id", async () => {
    const { sim, id, tell } = await doubtful();
    await tell(sim.deps, "delivered", { providerMessageId: "seven.1" });
    const save: typeof sim.store.save = async (change) => {
      await sim.store.save(change);
      throw new Crash();
    };
    const both = { providerMessageId: "seven.1", reference: `${id}-1` };
    const dying = { ...sim.deps, store: { ...sim.store, save } };
    await expect(tell(dying, "transmitted", both)).rejects.toThrow(Crash);
    expect(await sim.delivery(id)).toMatchObject({ state: "sent" });
    await tell(sim.deps, "transmitted", both);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
  });

  test("that a crash left behind is found by one that would end the delivery", async () => {
    const sim = simulate({ rules: testRules({ routes: [aRoute({ id: "seven-sms", provider: "seven" })] }) });
    const id = await sim.taken();
    await sim.runFor(10);
    await sim.store.park("seven", aReport("delivered", { providerMessageId: "seven.1" }));
    const report = aReport("undelivered", { providerMessageId: "seven.1" });
    await settle(sim.deps, { provider: "seven", report });
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
  });

  test("is not looked for by the reports that come as they should", async () => {
    const { sim, id } = await sent();
    let looks = 0;
    const parked: typeof sim.store.parked = (...name) => {
      looks += 1;
      return sim.store.parked(...name);
    };
    const deps = { ...sim.deps, store: { ...sim.store, parked } };
    for (const status of ["accepted", "transmitted", "delivered"] as const) {
      const report = aReport(status, { providerMessageId: "seven.1" });
      expect(await settle(deps, { provider: "seven", report })).toBe("applied");
    }
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
    expect(looks).toBe(0);
  });

  test("that a crash left behind is found when silence runs out, and nothing is sent", async () => {
    const { sim, id } = await sent();
    await sim.store.park("seven", aReport("delivered", { providerMessageId: "seven.1" }));
    await sim.runFor(31_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered", attempts: [{ number: 1 }] });
    expect(sim.provider("telegram-gateway").calls).toEqual([]);
  });

  test("that a crash left behind is found at the close at the latest", async () => {
    const { sim, id } = await sent();
    await sim.runFor(200_000);
    await sim.store.park("seven", aReport("delivered", { providerMessageId: "seven.1" }));
    await reconcile(sim.deps, new AbortController().signal);
    await sim.runFor(161_000);
    const last = await sim.delivery(id);
    expect(last).toMatchObject({ state: "delivered" });
    expect(last).not.toHaveProperty("late");
  });
});
