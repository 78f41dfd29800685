import { describe, expect, test } from "vitest";
import { settle } from "../../../src/flows/settle.ts";
import { aReport } from "../../support/build.ts";
import { accepted, type PlannedReport, refused } from "../../support/scripted-provider.ts";
import { simulate } from "../../support/simulate.ts";

const sent = async (reports: readonly PlannedReport[] = []) => {
  const sim = simulate({ scripts: { "seven-sms": { answers: [{ outcome: accepted, reports }] } } });
  const id = await sim.taken();
  await sim.runFor(10);
  const tell = (status: PlannedReport["status"], names: object = { providerMessageId: "seven.1" }) =>
    settle(sim.deps, { provider: "seven", report: aReport(status, names) });
  return { sim, id, tell };
};

describe("a report", () => {
  test.each([
    ["our reference", (id: string) => ({ reference: `${id}-1` })],
    ["the provider's id", () => ({ providerMessageId: "seven.1" })],
    ["both", (id: string) => ({ reference: `${id}-1`, providerMessageId: "seven.1" })],
  ])("finds its attempt by %s", async (_, names) => {
    const { sim, id, tell } = await sent();
    expect(await tell("delivered", names(id))).toBe("applied");
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered", attempts: [{ state: "delivered" }] });
  });

  test("of another provider does not touch the attempt that it names", async () => {
    const { sim, id } = await sent();
    const report = aReport("delivered", { reference: `${id}-1` });
    expect(await settle(sim.deps, { provider: "telegram-gateway", report })).toBe("parked");
    expect(await sim.delivery(id)).toMatchObject({ state: "sent" });
  });

  test("of an unknown message is parked and harms nobody", async () => {
    const { sim, id, tell } = await sent();
    expect(await tell("delivered", { providerMessageId: "stranger" })).toBe("parked");
    expect(await tell("delivered", {})).toBe("parked");
    expect(await sim.delivery(id)).toMatchObject({ state: "sent" });
  });

  test("repeated a thousand times moves the delivery once and writes it once", async () => {
    const { sim, id, tell } = await sent();
    await Promise.all(Array.from({ length: 1_000 }, () => tell("delivered")));
    const moves = sim.events.filter((e) => e.kind === "delivery.moved" && e.to === "delivered");
    expect(moves).toHaveLength(1);
    const { version } = (await sim.store.load(id))!;
    await tell("delivered");
    expect((await sim.store.load(id))!.version).toBe(version);
  });

  test.each([
    [["delivered", "transmitted", "accepted", "buffered"], "delivered"],
    [["undelivered", "delivered"], "delivered"],
    [["delivered", "undelivered"], "delivered"],
  ] as const)("in the order %j ends as %s", async (order, state) => {
    const { sim, id, tell } = await sent();
    for (const status of order) await tell(status);
    expect((await sim.delivery(id)).attempts[0]).toMatchObject({ state });
  });

  test("that it was not delivered moves on to the next route", async () => {
    const { sim, id, tell } = await sent();
    await tell("undelivered");
    await sim.runFor(10);
    expect((await sim.delivery(id)).attempts).toMatchObject([
      { state: "undelivered" },
      { route: "telegram-gateway", why: "undelivered", state: "accepted" },
    ]);
  });

  test("delivered ends everything: a waiting attempt leaves its lane and no timer is left", async () => {
    const asked = { kind: "unavailable", reason: "throttled", retryAfterMs: 15_000 } as const;
    const sim = simulate({
      scripts: {
        "seven-sms": {
          answers: [{ outcome: accepted, reports: [{ status: "delivered", afterMs: 42_000 }] }],
        },
        "telegram-gateway": { answers: [{ outcome: asked }] },
      },
    });
    const id = await sim.taken();
    await sim.runFor(40_000);
    expect(sim.jobs.held()).toMatchObject([{ route: "telegram-gateway", attempt: 3 }]);
    await sim.runFor(10_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
    expect(sim.jobs.held()).toEqual([]);
    expect(sim.store.nextDueAt()).toBeUndefined();
    await sim.runFor(400_000);
    expect(sim.provider("telegram-gateway").calls).toHaveLength(1);
  });

  test("a late delivered lifts a failed delivery, marks it late and starts nothing", async () => {
    const no = { answers: [{ outcome: refused }] };
    const sim = simulate({
      scripts: {
        "seven-sms": {
          answers: [
            {
              outcome: accepted,
              reports: [
                { status: "undelivered", afterMs: 1_000 },
                { status: "delivered", afterMs: 500_000 },
              ],
            },
          ],
        },
        "telegram-gateway": no,
        "second-sms": no,
      },
    });
    const id = await sim.taken();
    await sim.runFor(400_000);
    const ended = await sim.delivery(id);
    expect(ended).toMatchObject({ state: "failed" });
    await sim.runFor(200_000);
    expect(await sim.delivery(id)).toMatchObject({
      state: "delivered",
      late: true,
      endedAt: ended.endedAt,
      attempts: [{}, {}, {}],
    });
    expect(sim.store.counts()).toMatchObject({ accepted: 1, delivered: 1, failed: 0 });
    expect(sim.jobs.held()).toEqual([]);
  });

  test("a late delivered lifts an unconfirmed delivery", async () => {
    const { sim, id } = await sent([{ status: "delivered", afterMs: 400_000 }]);
    await sim.runFor(370_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "unconfirmed" });
    await sim.runFor(40_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "delivered", late: true });
  });
});
