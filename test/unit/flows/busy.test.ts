import { describe, expect, test } from "vitest";
import { aRoute, testRules } from "../../support/build.ts";
import { type FlowBundle, aFlowBundle, TEXT } from "../../support/flow-bundle.ts";
import { simulate } from "../../support/simulate.ts";

const crowd = ({ states }: Pick<FlowBundle, "states">, ms: number) => {
  for (const route of ["seven-sms", "telegram-gateway", "second-sms"]) states.setWait(route, ms);
};

describe("when no line is short enough", () => {
  test("a new code is refused before anything is stored, with the time to come back", async () => {
    const bundle = aFlowBundle();
    crowd(bundle, 275_000);
    expect(await bundle.accept()).toEqual({ kind: "refused", code: "busy", retryAfterMs: 5_000 });
    expect(bundle.store.counts()).toEqual({});
    expect(bundle.jobs.held()).toEqual([]);
    expect(bundle.events).toContainEqual({ kind: "accept.refused", clientId: "cloud", code: "busy" });
  });

  test("a code that lives already is answered as success", async () => {
    const sim = simulate();
    const id = await sim.taken();
    await sim.runFor(40_000);
    crowd(sim, 400_000);
    expect(await sim.accept()).toMatchObject({ kind: "accepted", repeated: true, delivery: { id } });
    expect(await sim.accept({ content: { code: "11223344", text: "11223344" } })).toMatchObject({
      code: "busy",
    });
  });

  test("a code that lives already is sent again where its reload asks for it", async () => {
    const routes = ["seven-sms", "second-sms"].map((id) => aRoute({ id, silenceMs: undefined }));
    const sim = simulate({ rules: testRules({ routes }) });
    const id = await sim.taken();
    await sim.runFor(29_000);
    crowd(sim, 400_000);
    await sim.accept();
    expect((await sim.delivery(id)).next).toBeUndefined();
    await sim.runFor(1_000);
    expect(await sim.accept()).toMatchObject({ kind: "accepted", repeated: true });
    await sim.runFor(10);
    expect((await sim.delivery(id)).attempts).toMatchObject([{}, { route: "second-sms", why: "resend" }]);
    expect(sim.events).toContainEqual({ kind: "accept.repeated", deliveryId: id, clientId: "cloud" });
  });

  test("a repeat finishes what a crash between record and job left undone", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    await bundle.jobs.remove({ deliveryId: id, route: "seven-sms", attempt: 1 });
    crowd(bundle, 400_000);
    expect(await bundle.accept()).toMatchObject({ kind: "accepted", delivery: { id } });
    expect(bundle.jobs.held()).toMatchObject([{ deliveryId: id, attempt: 1 }]);
  });

  test("a key is looked at as ever", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken({ idempotencyKey: "k", fingerprint: "a" });
    crowd(bundle, 400_000);
    const keyed = (idempotencyKey: string, fingerprint: string, text: string) =>
      bundle.accept({ idempotencyKey, fingerprint, content: { code: undefined, text } });
    const conflict = { kind: "refused", code: "idempotency_conflict" };
    expect(await keyed("k", "b", TEXT)).toEqual(conflict);
    expect(await keyed("k", "a", TEXT)).toMatchObject({ kind: "accepted", delivery: { id } });
    expect(await keyed("k2", "a", TEXT)).toMatchObject({ kind: "accepted", delivery: { id } });
    expect(await keyed("k2", "b", "another text")).toEqual(conflict);
    expect(await keyed("k3", "a", "another text")).toMatchObject({ code: "busy" });
    await bundle.clock.runFor(301_000);
    expect(await keyed("k", "a", TEXT)).toMatchObject({ kind: "accepted", delivery: { id } });
    expect(await keyed("k4", "a", TEXT)).toMatchObject({ code: "busy" });
    expect(bundle.store.counts()).toMatchObject({ accepted: 1 });
  });

  test("a longer life makes it", async () => {
    const bundle = aFlowBundle();
    crowd(bundle, 275_000);
    expect(await bundle.accept({ validForMs: 320_000 })).toMatchObject({ kind: "accepted" });
  });

  test("a line that is too long only for its route is not refused", async () => {
    const bundle = aFlowBundle();
    bundle.states.setWait("seven-sms", 400_000);
    const id = await bundle.taken();
    expect((await bundle.delivery(id)).next).toMatchObject({ route: "second-sms", why: "busy" });
    expect(bundle.states.addedTo("second-sms")).toBe(1);
    expect(bundle.states.addedTo("seven-sms")).toBe(0);
  });
});
