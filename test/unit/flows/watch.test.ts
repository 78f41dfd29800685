import { describe, expect, test } from "vitest";
import { attempt } from "../../../src/flows/attempt.ts";
import { watch } from "../../../src/flows/watch.ts";
import { Crash } from "../../support/chaos.ts";
import { aFlowBundle, type FlowBundleOptions } from "../../support/flow-bundle.ts";
import { accepted, refused, unavailable, uncertain } from "../../support/scripted-provider.ts";
import { simulate, type Simulation } from "../../support/simulate.ts";

const SIGNAL = new AbortController().signal;
const started = async (scripts: NonNullable<FlowBundleOptions["scripts"]>) => {
  const sim = simulate({ scripts });
  return { sim, id: await sim.taken() };
};
const routes = async (sim: Simulation, id: string) =>
  (await sim.delivery(id)).attempts.map((a) => `${a.route} ${a.state} ${a.why}`);

describe("silence", () => {
  test("moves on after the route's own patience, and the first message may still arrive", async () => {
    const reports = [{ status: "delivered", afterMs: 60_000 }] as const;
    const { sim, id } = await started({ "seven-sms": { answers: [{ outcome: accepted, reports }] } });
    await sim.runFor(29_900);
    expect(await routes(sim, id)).toHaveLength(1);
    await sim.runFor(700);
    expect(await routes(sim, id)).toEqual(["seven-sms accepted first", "telegram-gateway accepted silence"]);
    await sim.runFor(30_000);
    expect(await sim.delivery(id)).toMatchObject({
      state: "delivered",
      attempts: [{ state: "delivered", leftFor: "silence" }, {}, {}],
    });
  });

  test("after a report that the phone is out of reach lasts 10 s only", async () => {
    const reports = [{ status: "buffered", afterMs: 2_000 }] as const;
    const { sim, id } = await started({ "seven-sms": { answers: [{ outcome: accepted, reports }] } });
    await sim.runFor(13_000);
    expect((await sim.delivery(id)).attempts).toMatchObject([
      { leftFor: "buffered" },
      { route: "telegram-gateway", why: "buffered" },
    ]);
  });

  test("of the last route sends nothing more, and the delivery ends unconfirmed at its close", async () => {
    const { sim, id } = await started({});
    await sim.runFor(359_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "sent" });
    await sim.runFor(2_000);
    expect(await sim.delivery(id)).toMatchObject({ state: "unconfirmed", attempts: [{}, {}, {}] });
    expect(sim.store.openCount()).toBe(0);
  });
});

describe("doubt", () => {
  test("that the provider's records resolve counts as accepted and sends nothing", async () => {
    const { sim, id } = await started({ "seven-sms": { answers: [{ outcome: uncertain, took: true }] } });
    await sim.runFor(2_900);
    expect(sim.provider("seven-sms").looks).toEqual([]);
    await sim.runFor(700);
    expect(await sim.delivery(id)).toMatchObject({
      state: "sent",
      attempts: [{ state: "accepted", providerMessageId: "seven.1", acceptedAt: expect.any(Number) }],
    });
    expect(sim.provider("seven-sms").calls).toHaveLength(1);
  });

  test("of a message that is absent twice is repeated with the same reference", async () => {
    const { sim, id } = await started({
      "seven-sms": { answers: [{ outcome: uncertain }, { outcome: accepted }] },
    });
    await sim.runFor(3_600);
    expect(await routes(sim, id)).toEqual(["seven-sms uncertain first"]);
    await sim.runFor(2_500);
    expect(await routes(sim, id)).toEqual(["seven-sms unavailable first", "seven-sms accepted absent"]);
    expect(sim.provider("seven-sms").calls.map((c) => c.reference)).toEqual([`${id}-1`, `${id}-1`]);
  });

  test("a retry after such a repeat keeps the reference as well", async () => {
    const { sim, id } = await started({
      "seven-sms": { answers: [{ outcome: uncertain }, { outcome: unavailable }, { outcome: accepted }] },
    });
    await sim.runFor(10_000);
    expect(await routes(sim, id)).toEqual([
      "seven-sms unavailable first",
      "seven-sms unavailable absent",
      "seven-sms accepted retry",
    ]);
    expect(new Set(sim.provider("seven-sms").calls.map((c) => c.reference))).toEqual(new Set([`${id}-1`]));
  });

  test("one absent read and one unreadable read repeat nothing", async () => {
    const { sim, id } = await started({
      "seven-sms": {
        answers: [{ outcome: uncertain }],
        lookUps: ["absent", "unreadable", "absent", "unreadable"],
      },
    });
    await sim.runFor(20_000);
    expect(sim.provider("seven-sms").calls).toHaveLength(1);
    expect(await routes(sim, id)).toEqual(["seven-sms uncertain first", "telegram-gateway accepted doubt"]);
  });

  test("that stays unreadable for 10 s leaves the route, and both may be paid", async () => {
    const { sim, id } = await started({
      "seven-sms": { answers: [{ outcome: uncertain, took: true }], lookUps: ["unreadable"] },
    });
    await sim.runFor(12_900);
    expect(await routes(sim, id)).toHaveLength(1);
    await sim.runFor(1_600);
    expect(await routes(sim, id)).toEqual(["seven-sms uncertain first", "telegram-gateway accepted doubt"]);
    expect(sim.provider("seven-sms").looks.length).toBeGreaterThanOrEqual(5);
  });

  test("where no records can be asked goes to the next route at the first look, never twice on that route", async () => {
    const { sim, id } = await started({
      "seven-sms": { answers: [{ outcome: refused }] },
      "telegram-gateway": { answers: [{ outcome: uncertain, took: true }], lookUps: "none" },
    });
    await sim.runFor(3_600);
    expect(await routes(sim, id)).toEqual([
      "seven-sms refused first",
      "telegram-gateway uncertain refused",
      "second-sms accepted doubt",
    ]);
    await sim.runFor(400_000);
    expect(sim.provider("telegram-gateway").calls).toHaveLength(1);
    expect(await sim.delivery(id)).toMatchObject({ state: "unconfirmed" });
  });

  test("a code 402 for the repeat of a message that seemed absent is its acceptance", async () => {
    const { sim, id } = await started({
      "seven-sms": {
        answers: [{ outcome: uncertain, took: true }, { outcome: accepted }],
        journalLagMs: 60_000,
        reloadLockMs: 180_000,
      },
    });
    await sim.runFor(10_000);
    expect(sim.provider("seven-sms").taken).toHaveLength(1);
    expect(await routes(sim, id)).toEqual(["seven-sms unavailable first", "seven-sms accepted absent"]);
    expect(await sim.delivery(id)).toMatchObject({ state: "sent" });
  });
});

describe("the intent of a worker that died", () => {
  test.each([
    ["before the provider took the message", false, "seven-sms accepted absent"],
    ["after the provider took the message", true, "seven-sms accepted first"],
  ])("%s is settled by looking up, and the message is out once", async (_, took, last) => {
    const sim = simulate({
      scripts: { "seven-sms": { answers: [{ outcome: uncertain, took }, { outcome: accepted }] } },
      wrap: { provider: (provider) => dyingOnce(provider) },
    });
    const id = await sim.taken();
    await sim.runFor(9_000);
    expect(await routes(sim, id)).toEqual(["seven-sms sending first"]);
    await sim.runFor(10_000);
    expect((await routes(sim, id)).at(-1)).toBe(last);
    expect(sim.provider("seven-sms").taken).toHaveLength(1);
  });

  test("an answer that comes after the look-up changes nothing that is known already", async () => {
    const bundle = aFlowBundle({
      scripts: { "seven-sms": { answers: [{ outcome: uncertain, took: true, latencyMs: 15_000 }] } },
    });
    const id = await bundle.taken();
    const running = attempt(bundle.deps, { deliveryId: id, attempt: 1, route: "seven-sms" }, SIGNAL);
    await bundle.clock.runFor(11_000);
    expect(await watch(bundle.deps, id, SIGNAL)).toEqual(["doubt"]);
    await bundle.clock.runFor(5_000);
    expect(await running).toBe("called");
    expect(await bundle.delivery(id)).toMatchObject({ state: "sent", attempts: [{ state: "accepted" }] });
  });
});

describe("the deadline", () => {
  test("ends what was never sent, with no call at all", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    await bundle.clock.runFor(270_000);
    for (const route of ["telegram-gateway", "second-sms"]) bundle.states.pause(route);
    expect(await watch(bundle.deps, id, SIGNAL)).toEqual(["wait"]);
    await bundle.clock.runFor(1);
    expect(await watch(bundle.deps, id, SIGNAL)).toEqual(["deadline"]);
    expect(await bundle.delivery(id)).toMatchObject({ state: "expired", attempts: [] });
    expect(bundle.jobs.held()).toEqual([]);
    expect([...bundle.providers.values()].flatMap((p) => p.calls)).toEqual([]);
  });

  test("drops a planned attempt while an earlier message is out, and its job leaves the lane", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    await attempt(bundle.deps, { deliveryId: id, attempt: 1, route: "seven-sms" }, SIGNAL);
    bundle.jobs.finish({ deliveryId: id, attempt: 1, route: "seven-sms" });
    await bundle.clock.runFor(30_000);
    await watch(bundle.deps, id, SIGNAL);
    expect(bundle.jobs.held()).toMatchObject([{ route: "telegram-gateway", attempt: 2 }]);
    await bundle.clock.runFor(250_000);
    expect(await watch(bundle.deps, id, SIGNAL)).toEqual(["wait", "deadline"]);
    expect(bundle.jobs.held()).toEqual([]);
    expect(await bundle.delivery(id)).toMatchObject({ state: "sent" });
  });

  test("a retry that only the deadline forbids ends expired, not failed", async () => {
    const { sim, id } = await started({
      "seven-sms": { answers: [{ outcome: refused }] },
      "telegram-gateway": { answers: [{ outcome: refused, latencyMs: 7_000 }] },
    });
    const short = await sim.taken({ validForMs: 36_000, content: { code: "11223344", text: "11223344" } });
    await sim.runFor(100_000);
    expect(await sim.delivery(short)).toMatchObject({ state: "expired" });
    expect(await sim.delivery(id)).toMatchObject({ attempts: [{}, {}, { route: "second-sms" }] });
  });
});

test("a look that comes too early puts the timer back where it belongs", async () => {
  const bundle = aFlowBundle();
  const id = await bundle.taken();
  const dueAt = bundle.store.nextDueAt()!;
  await bundle.clock.runFor(7_000);
  expect(await bundle.store.claimDue(dueAt + 1_000, 10, 60_000)).toEqual([id]);
  expect(await watch(bundle.deps, id, SIGNAL)).toEqual([]);
  expect(bundle.store.nextDueAt()).toBe(dueAt);
});

test("two looks at once act once", async () => {
  const bundle = aFlowBundle();
  const id = await bundle.taken();
  await attempt(bundle.deps, { deliveryId: id, attempt: 1, route: "seven-sms" }, SIGNAL);
  await bundle.clock.runFor(30_000);
  await Promise.all([1, 2, 3].map(() => watch(bundle.deps, id, SIGNAL)));
  expect((await bundle.delivery(id)).next).toMatchObject({ number: 2, route: "telegram-gateway" });
  expect(bundle.events.filter((e) => e.kind === "delivery.failover")).toHaveLength(1);
});

/** The worker is killed during the first call; what the provider did stays done. */
function dyingOnce<P extends { send: (...args: never[]) => Promise<unknown> }>(provider: P): P {
  let died = false;
  return {
    ...provider,
    send: async (...args: never[]) => {
      const said = await provider.send(...args);
      if (died) return said;
      died = true;
      throw new Crash();
    },
  };
}
