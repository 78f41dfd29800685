import { describe, expect, test } from "vitest";
import { advance } from "../../../src/core/advance.ts";
import { attempt } from "../../../src/flows/attempt.ts";
import { aRoute, testRules } from "../../support/build.ts";
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
const calls = (sim: Simulation) => [...sim.providers.values()].flatMap((p) => p.calls);

describe("an attempt", () => {
  test("is called once with what is left of the code's life and ends in sent", async () => {
    const { sim, id } = await started({});
    await sim.runFor(5_000);
    expect(await sim.delivery(id)).toMatchObject({
      state: "sent",
      attempts: [{ state: "accepted", providerMessageId: "seven.1" }],
    });
    expect(calls(sim)).toEqual([{ reference: `${id}-1`, validForMs: 300_000, at: sim.clock.now() - 5_000 }]);
  });

  test("that is refused moves on to the next route at once", async () => {
    const { sim, id } = await started({ "seven-sms": { answers: [{ outcome: refused }] } });
    await sim.runFor(1);
    expect(await routes(sim, id)).toEqual(["seven-sms refused first", "telegram-gateway accepted refused"]);
    expect(sim.events).toContainEqual({
      kind: "delivery.failover",
      deliveryId: id,
      from: "seven-sms",
      to: "telegram-gateway",
      why: "refused",
    });
  });

  test("that every route refuses ends failed without waiting for the deadline", async () => {
    const no = { answers: [{ outcome: refused }] };
    const { sim, id } = await started({ "seven-sms": no, "telegram-gateway": no, "second-sms": no });
    await sim.runFor(10);
    expect(await sim.delivery(id)).toMatchObject({ state: "failed", attempts: [{}, {}, {}] });
  });

  test("on a route that is away is retried with growing waits, then the next route takes over", async () => {
    const { sim, id } = await started({ "seven-sms": { answers: [{ outcome: unavailable }] } });
    await sim.runFor(12_000);
    expect(await routes(sim, id)).toEqual([
      "seven-sms unavailable first",
      "seven-sms unavailable retry",
      "seven-sms unavailable retry",
      "seven-sms unavailable retry",
      "telegram-gateway accepted unavailable",
    ]);
    const at = sim.provider("seven-sms").calls.map((call) => call.at);
    const gaps = at.slice(1).map((instant, i) => instant - at[i]!);
    for (const [i, capMs] of [1_000, 3_000, 8_000].entries()) expect(gaps[i]).toBeLessThan(capMs);
    expect(new Set(sim.provider("seven-sms").calls.map((call) => call.reference)).size).toBe(4);
  });

  test("waits as long as the provider asks, when that is within the budget", async () => {
    const asked = { ...unavailable, retryAfterMs: 9_000 } as typeof unavailable;
    const { sim, id } = await started({
      "seven-sms": { answers: [{ outcome: asked }, { outcome: accepted }] },
    });
    await sim.runFor(8_999);
    expect(await routes(sim, id)).toHaveLength(1);
    await sim.runFor(1);
    expect(await routes(sim, id)).toEqual(["seven-sms unavailable first", "seven-sms accepted retry"]);
  });

  test("goes to the next route at once when the provider asks for a longer wait than the budget", async () => {
    const asked = { ...unavailable, retryAfterMs: 60_000 } as typeof unavailable;
    const { sim, id } = await started({ "seven-sms": { answers: [{ outcome: asked }] } });
    await sim.runFor(10);
    expect(await routes(sim, id)).toEqual([
      "seven-sms unavailable first",
      "telegram-gateway accepted unavailable",
    ]);
  });

  test("a code 402 without any doubt means that this route sent it already: next route", async () => {
    const locked = { kind: "refused", reason: "already_sent", providerCode: "402" } as const;
    const { sim, id } = await started({ "seven-sms": { answers: [{ outcome: locked }] } });
    await sim.runFor(10);
    expect(await routes(sim, id)).toEqual(["seven-sms refused first", "telegram-gateway accepted refused"]);
  });
});

describe("a job that must not send", () => {
  test("a second run of the same job changes nothing", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    const job = { deliveryId: id, attempt: 1, route: "seven-sms" };
    expect(await attempt(bundle.deps, job, SIGNAL)).toBe("called");
    const before = await bundle.store.load(id);
    expect(await attempt(bundle.deps, job, SIGNAL)).toBe("not_planned");
    expect(await bundle.store.load(id)).toEqual(before);
    expect(bundle.provider("seven-sms").calls).toHaveLength(1);
  });

  test("of two runs at once only one calls", async () => {
    const bundle = aFlowBundle();
    const job = { deliveryId: await bundle.taken(), attempt: 1, route: "seven-sms" };
    const results = await Promise.all([1, 2, 3].map(() => attempt(bundle.deps, job, SIGNAL)));
    expect(results.toSorted()).toEqual(["called", "not_planned", "not_planned"]);
    expect(bundle.provider("seven-sms").calls).toHaveLength(1);
  });

  test.each([
    ["of an older attempt", { attempt: 1, route: "seven-sms" }],
    ["of an attempt that is not planned yet", { attempt: 3, route: "telegram-gateway" }],
    ["in another route's lane", { attempt: 2, route: "second-sms" }],
  ])("a job %s is ignored", async (_, job) => {
    const bundle = aFlowBundle({ scripts: { "seven-sms": { answers: [{ outcome: refused }] } } });
    const deliveryId = await bundle.taken();
    await attempt(bundle.deps, { deliveryId, attempt: 1, route: "seven-sms" }, SIGNAL);
    expect(await attempt(bundle.deps, { deliveryId, ...job }, SIGNAL)).toBe("not_planned");
    expect(bundle.provider("telegram-gateway").calls).toEqual([]);
    expect(bundle.provider("second-sms").calls).toEqual([]);
  });

  test("a job of an unknown delivery is ignored", async () => {
    const bundle = aFlowBundle();
    const job = { deliveryId: "019aa000-0000-7000-8000-00000000ffff", attempt: 1, route: "seven-sms" };
    expect(await attempt(bundle.deps, job, SIGNAL)).toBe("not_planned");
  });

  test.each(["cancelled", "verified"] as const)(
    "nothing is sent once it was %s while waiting",
    async (kind) => {
      const bundle = aFlowBundle();
      const id = await bundle.taken();
      const from = (await bundle.store.load(id))!;
      const to = advance(from.delivery, { kind, at: bundle.clock.now() });
      await bundle.store.save({ from, to, dueAt: undefined, binds: [] });
      const job = { deliveryId: id, attempt: 1, route: "seven-sms" };
      expect(await attempt(bundle.deps, job, SIGNAL)).toBe("not_planned");
      expect(await bundle.delivery(id)).toMatchObject({ state: kind, attempts: [] });
      expect(bundle.provider("seven-sms").calls).toEqual([]);
    },
  );

  test("with less than 30 s of life left it ends expired and unsent", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    await bundle.clock.runFor(270_001);
    const job = { deliveryId: id, attempt: 1, route: "seven-sms" };
    expect(await attempt(bundle.deps, job, SIGNAL)).toBe("too_late");
    expect(await bundle.delivery(id)).toMatchObject({ state: "expired", attempts: [] });
    expect(bundle.provider("seven-sms").calls).toEqual([]);
  });

  test("with exactly 30 s of life left it is sent", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    await bundle.clock.runFor(270_000);
    const job = { deliveryId: id, attempt: 1, route: "seven-sms" };
    expect(await attempt(bundle.deps, job, SIGNAL)).toBe("called");
  });

  test("the store's clock decides when the worker's own one is behind", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    await bundle.clock.runFor(275_000);
    const behind = { ...bundle.clock, now: () => bundle.clock.now() - 60_000 };
    const job = { deliveryId: id, attempt: 1, route: "seven-sms" };
    expect(await attempt({ ...bundle.deps, clock: behind }, job, SIGNAL)).toBe("too_late");
    expect(await bundle.delivery(id)).toMatchObject({ state: "expired", attempts: [] });
    expect(bundle.provider("seven-sms").calls).toEqual([]);
  });
});

test("a report that overtakes the answer of its call is applied as soon as the call is answered", async () => {
  const reports = [{ status: "delivered", afterMs: 0 }] as const;
  const { sim, id } = await started({
    "seven-sms": { answers: [{ outcome: accepted, latencyMs: 2_000, reports }] },
  });
  await sim.runFor(1_500);
  expect(await sim.delivery(id)).toMatchObject({ state: "sending" });
  expect(sim.events).toContainEqual({ kind: "settle.parked", provider: "seven", status: "delivered" });
  await sim.runFor(600);
  expect(await sim.delivery(id)).toMatchObject({ state: "delivered" });
  expect(await sim.store.parked("seven", "seven.1")).toEqual([]);
});

test("an outcome that comes after the delivery has ended starts nothing", async () => {
  const { sim, id } = await started({ "seven-sms": { answers: [{ outcome: uncertain, latencyMs: 5_000 }] } });
  await sim.runFor(1_000);
  const from = (await sim.store.load(id))!;
  const to = advance(from.delivery, { kind: "verified", at: sim.clock.now() });
  await sim.store.save({ from, to, dueAt: undefined, binds: [] });
  await sim.runFor(400_000);
  expect(await sim.delivery(id)).toMatchObject({ state: "verified", attempts: [{ state: "uncertain" }] });
  expect(calls(sim)).toHaveLength(1);
});

test("a route that has left the configuration is not tried and blocks nothing", async () => {
  const { sim, id } = await started({ "seven-sms": { answers: [{ outcome: uncertain }] } });
  await sim.runFor(10);
  const rules = testRules({ routes: [aRoute({ id: "second-sms" })] });
  const { reconcile } = await import("../../../src/flows/reconcile.ts");
  const { watch } = await import("../../../src/flows/watch.ts");
  await sim.clock.runFor(10_000);
  await watch({ ...sim.deps, rules }, id, SIGNAL);
  await reconcile({ ...sim.deps, rules }, SIGNAL);
  expect((await sim.delivery(id)).next).toMatchObject({ route: "second-sms", why: "doubt" });
});

test("shows the sender that the policy has for the person's country", async () => {
  const sender = { usual: "Example", byCallingCode: new Map([["49", "Beispiel"]]) };
  const rules = testRules({ routes: [aRoute({ id: "seven-sms", provider: "seven", sender })] });
  const bundle = aFlowBundle({ rules });
  const deliveryId = await bundle.taken();
  const shown: (string | undefined)[] = [];
  const { forRoute } = bundle.deps.providers;
  const providers: typeof bundle.deps.providers = {
    forRoute: (route) => ({
      ...forRoute(route),
      send: async (message, signal) => {
        shown.push(message.sender);
        return forRoute(route).send(message, signal);
      },
    }),
  };
  const job = { deliveryId, attempt: 1, route: "seven-sms" };
  expect(await attempt({ ...bundle.deps, providers }, job, SIGNAL)).toBe("called");
  expect(shown).toEqual(["Beispiel"]);
});
