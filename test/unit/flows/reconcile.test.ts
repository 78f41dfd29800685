import { describe, expect, test } from "vitest";
import { reconcile } from "../../../src/flows/reconcile.ts";
import { reconcileHandler } from "../../../workers/reconcile.ts";
import { aFlowBundle } from "../../support/flow-bundle.ts";
import { refused } from "../../support/scripted-provider.ts";
import { simulate } from "../../support/simulate.ts";

const SIGNAL = new AbortController().signal;

describe("reconcile", () => {
  test("adds a job that is missing, once its hand-over has had 5 s", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    bundle.jobs.finish({ deliveryId: id, attempt: 1, route: "seven-sms" });
    await bundle.clock.runFor(5_000);
    expect(await reconcile(bundle.deps, SIGNAL)).toEqual({ looked: 1, jobs: 0, timers: 0 });
    await bundle.clock.runFor(1);
    expect(await reconcile(bundle.deps, SIGNAL)).toEqual({ looked: 1, jobs: 1, timers: 0 });
    expect(bundle.jobs.held()).toMatchObject([{ deliveryId: id, attempt: 1, route: "seven-sms" }]);
    expect(await reconcile(bundle.deps, SIGNAL)).toEqual({ looked: 1, jobs: 0, timers: 0 });
  });

  test("tells how much it repaired, and nothing when that is nothing", async () => {
    const bundle = aFlowBundle();
    const ids = [await bundle.taken(), await bundle.taken({ content: { code: undefined, text: "two" } })];
    await reconcile(bundle.deps, SIGNAL);
    expect(bundle.events.filter((e) => e.kind === "reconcile.done")).toEqual([]);
    for (const deliveryId of ids) bundle.jobs.finish({ deliveryId, attempt: 1, route: "seven-sms" });
    bundle.store.dropDue(ids[0]!);
    await bundle.clock.runFor(6_000);
    await reconcile(bundle.deps, SIGNAL);
    expect(bundle.events.filter((e) => e.kind === "reconcile.done")).toEqual([
      { kind: "reconcile.done", jobs: 2, timers: 1, at: bundle.clock.now() },
    ]);
  });

  test("in a worker also looks whether the books balance", async () => {
    const bundle = aFlowBundle();
    let gap = 0;
    const handle = reconcileHandler(bundle.deps, async () => gap);
    await handle({}, SIGNAL);
    expect(bundle.events).toEqual([]);
    gap = -2;
    await handle({}, SIGNAL);
    expect(bundle.events).toEqual([{ kind: "conservation.broken", gap: -2, at: bundle.clock.now() }]);
  });

  test("writes a timer that is missing", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    const dueAt = bundle.store.nextDueAt();
    bundle.store.dropDue(id);
    expect(await reconcile(bundle.deps, SIGNAL)).toMatchObject({ timers: 1 });
    expect(bundle.store.nextDueAt()).toBe(dueAt);
    expect(bundle.events).toContainEqual({ kind: "reconcile.repaired", deliveryId: id, what: "timer" });
  });

  test("leaves a job alone that runs or waits, and a delivery that has ended", async () => {
    const bundle = aFlowBundle();
    await bundle.taken();
    bundle.jobs.take("seven-sms");
    await bundle.clock.runFor(20_000);
    expect(await reconcile(bundle.deps, SIGNAL)).toEqual({ looked: 1, jobs: 0, timers: 0 });
    const no = { answers: [{ outcome: refused }] };
    const sim = simulate({ scripts: { "seven-sms": no, "telegram-gateway": no, "second-sms": no } });
    await sim.taken();
    await sim.runFor(1_000);
    expect(await reconcile(sim.deps, SIGNAL)).toEqual({ looked: 0, jobs: 0, timers: 0 });
  });

  test("does not add the job of an attempt that began after the page was read", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    bundle.jobs.finish({ deliveryId: id, attempt: 1, route: "seven-sms" });
    await bundle.clock.runFor(6_000);
    const page = await bundle.store.open({ offset: 0, limit: 10 });
    const { attempt } = await import("../../../src/flows/attempt.ts");
    await attempt(bundle.deps, { deliveryId: id, attempt: 1, route: "seven-sms" }, SIGNAL);
    const store = { ...bundle.store, open: async () => page };
    await reconcile({ ...bundle.deps, store }, SIGNAL);
    expect(bundle.jobs.held()).toEqual([]);
  });

  test("walks every page and stops when asked to", async () => {
    const bundle = aFlowBundle();
    for (let i = 0; i < 450; i++) await bundle.taken({ content: { code: undefined, text: `text ${i}` } });
    expect(await reconcile(bundle.deps, SIGNAL)).toMatchObject({ looked: 450 });
    expect(await reconcile(bundle.deps, AbortSignal.abort())).toMatchObject({ looked: 0 });
  });
});
