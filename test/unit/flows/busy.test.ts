import { describe, expect, test } from "vitest";
import { type FlowBundle, aFlowBundle } from "../../support/flow-bundle.ts";
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

  test("a longer life makes it", async () => {
    const bundle = aFlowBundle();
    crowd(bundle, 275_000);
    expect(await bundle.accept({ validForMs: 310_000 })).toMatchObject({ kind: "accepted" });
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
