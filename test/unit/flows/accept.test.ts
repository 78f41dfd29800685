import { describe, expect, test } from "vitest";
import type { Rules } from "../../../src/core/rules.ts";
import { StoreUnavailable } from "../../../src/flows/ports.ts";
import { testRules } from "../../support/build.ts";
import { aFlowBundle, CLIENT, CODE, NUMBER } from "../../support/flow-bundle.ts";
import { refused } from "../../support/scripted-provider.ts";
import { simulate } from "../../support/simulate.ts";

const PLAN = ["seven-sms", "telegram-gateway", "second-sms"];
const REQUEST = {
  client: CLIENT,
  recipient: NUMBER,
  content: { code: CODE, text: `${CODE} is your code` },
  purpose: "login" as const,
  validForMs: 300_000,
  reference: undefined,
  routes: undefined,
  idempotencyKey: undefined,
  fingerprint: "",
};

describe("accept", () => {
  test("stores record and job before it answers", async () => {
    const bundle = aFlowBundle();
    const answer = await bundle.accept();
    expect(answer).toMatchObject({ kind: "accepted", repeated: false, delivery: { state: "queued" } });
    expect(bundle.jobs.held()).toMatchObject([{ route: "seven-sms", attempt: 1 }]);
    expect(bundle.store.counts()).toEqual({ accepted: 1, queued: 1 });
  });

  test("notes the country of the number", async () => {
    const bundle = aFlowBundle();
    expect(await bundle.delivery(await bundle.taken())).toMatchObject({ callingCode: "49" });
  });

  test("leaves a route out that needs a consent which nobody recorded", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken({ client: { ...CLIENT, consents: {} } });
    expect(await bundle.delivery(id)).toMatchObject({
      plan: ["seven-sms", "second-sms"],
      skipped: [{ route: "telegram-gateway", why: "consent" }],
    });
  });

  describe("with a list of those who agreed", () => {
    const listed = { ...CLIENT, consents: { telegram: { by: "HR", at: 0, scope: "list" as const } } };

    test("asks it only for a plan with such a route", async () => {
      const bundle = aFlowBundle();
      await bundle.taken({ client: listed, routes: ["seven-sms"] });
      expect(bundle.consents.asked).toEqual([]);
      bundle.consents.agree("cloud", "telegram", NUMBER);
      const id = await bundle.taken({ client: listed, content: { code: "111111", text: "111111" } });
      expect(bundle.consents.asked).toEqual(["telegram"]);
      expect(await bundle.delivery(id)).toMatchObject({ plan: PLAN, skipped: [] });
    });

    test("asks list and memory of the number together, and each once", async () => {
      const bundle = aFlowBundle();
      bundle.consents.agree("cloud", "telegram", NUMBER);
      let recalled = 0;
      const recall = async () => {
        recalled += 1;
        return true;
      };
      const has = async () => {
        expect(recalled).toBe(1);
        return true;
      };
      const { accept } = await import("../../../src/flows/accept.ts");
      const deps = { ...bundle.deps, reach: { ...bundle.deps.reach, recall }, consents: { has } };
      const request = { ...REQUEST, client: listed, routes: ["telegram-gateway", "seven-sms"] };
      expect(await accept(deps, request)).toMatchObject({ delivery: { plan: request.routes } });
      expect(recalled).toBe(1);
    });

    test("leaves the route out where the list cannot be asked, and refuses nothing for good", async () => {
      const bundle = aFlowBundle();
      bundle.consents.agree("cloud", "telegram", NUMBER);
      const routes = ["telegram-gateway"];
      const known = await bundle.taken({ client: listed, routes });
      bundle.consents.goAway();
      const other = { content: { code: "111111", text: "111111" } };
      const id = await bundle.taken({ client: listed, ...other });
      expect((await bundle.delivery(id)).skipped).toEqual([{ route: "telegram-gateway", why: "consent" }]);
      expect(await bundle.accept({ client: listed, routes })).toMatchObject({ delivery: { id: known } });
      const fresh = { content: { code: "222222", text: "222222" } };
      expect(await bundle.accept({ client: listed, routes, ...fresh })).toMatchObject({ code: "busy" });
    });
  });

  test.each([
    ["a wished route that is unknown", { routes: ["nowhere"] }, "unknown_route"],
    ["no wished route at all", { routes: [] }, "no_route"],
    [
      "only routes without consent",
      { routes: ["telegram-gateway"], client: { ...CLIENT, consents: {} } },
      "no_route",
    ],
    ["less life than any send may have", { validForMs: 29_000 }, "no_route"],
  ])("refuses %s and stores nothing", async (_, changes, code) => {
    const bundle = aFlowBundle();
    expect(await bundle.accept(changes)).toEqual({ kind: "refused", code });
    expect(bundle.store.counts()).toEqual({});
    expect(bundle.jobs.held()).toEqual([]);
  });

  test("answers the same text again with the same id and adds nothing", async () => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    expect(await bundle.accept()).toMatchObject({ kind: "accepted", repeated: true, delivery: { id } });
    expect(bundle.jobs.held()).toHaveLength(1);
    expect(bundle.store.counts()).toEqual({ accepted: 1, queued: 1 });
  });

  test("a repeat finishes what a crash between record and job left undone", async () => {
    const bundle = aFlowBundle();
    const enqueue = () => Promise.reject(new StoreUnavailable("away"));
    const { accept } = await import("../../../src/flows/accept.ts");
    const request = {
      client: CLIENT,
      recipient: NUMBER,
      content: { code: CODE, text: `${CODE} again` },
      purpose: "login",
      validForMs: 300_000,
      reference: undefined,
      routes: undefined,
      idempotencyKey: "k",
      fingerprint: "f",
    } as const;
    const broken = { ...bundle.deps, jobs: { ...bundle.jobs, enqueue } };
    await expect(accept(broken, request)).rejects.toThrow(StoreUnavailable);
    expect(bundle.jobs.held()).toEqual([]);
    expect(await accept(bundle.deps, request)).toMatchObject({ kind: "accepted", repeated: true });
    expect(bundle.jobs.held()).toHaveLength(1);
  });

  test("a key with another body is a conflict, a full number is told when to come back", async () => {
    const bundle = aFlowBundle({ limits: { per10Min: 2, perDay: 0 } });
    await bundle.taken({ idempotencyKey: "k", fingerprint: "a" });
    expect(await bundle.accept({ idempotencyKey: "k", fingerprint: "b" })).toEqual({
      kind: "refused",
      code: "idempotency_conflict",
    });
    await bundle.taken({ content: { code: undefined, text: "second" } });
    await bundle.clock.runFor(60_000);
    expect(await bundle.accept({ content: { code: undefined, text: "third" } })).toEqual({
      kind: "refused",
      code: "recipient_limit",
      retryAfterMs: 540_000,
    });
    expect(await bundle.accept()).toMatchObject({ kind: "accepted", repeated: true });
    await bundle.clock.runFor(540_000);
    expect(await bundle.accept({ content: { code: undefined, text: "third" } })).toMatchObject({
      kind: "accepted",
      repeated: false,
    });
  });

  test("an end of life outside the bounds is no new delivery, and a repeat has its answer", async () => {
    const bundle = aFlowBundle();
    const refusal = { kind: "refused", code: "out_of_bounds" };
    const late = { validForMs: 59_999, isOutOfBounds: true };
    expect(await bundle.accept({ ...late, idempotencyKey: "k" })).toEqual(refusal);
    const id = await bundle.taken({ idempotencyKey: "k" });
    expect(await bundle.accept({ ...late, idempotencyKey: "k" })).toMatchObject({ delivery: { id } });
    expect(await bundle.accept(late)).toMatchObject({ kind: "accepted", delivery: { id } });
    await bundle.clock.runFor(86_399_999);
    const dead = { validForMs: -86_000_000, isOutOfBounds: true };
    expect(await bundle.accept({ ...dead, idempotencyKey: "k" })).toMatchObject({ delivery: { id } });
    expect(await bundle.accept({ ...dead, idempotencyKey: "k", fingerprint: "b" })).toMatchObject({
      code: "idempotency_conflict",
    });
    expect(await bundle.accept(dead)).toEqual(refusal);
    await bundle.clock.runFor(1);
    expect(await bundle.accept({ ...dead, idempotencyKey: "k" })).toEqual(refusal);
    expect(bundle.store.counts()).toMatchObject({ accepted: 1 });
  });

  test("somebody who holds a living code is answered also once no route can take a new one", async () => {
    const bundle = aFlowBundle();
    const wished = { routes: ["telegram-gateway"] };
    const id = await bundle.taken(wished);
    const client = { ...CLIENT, consents: {} };
    expect(await bundle.accept({ ...wished, client })).toMatchObject({ kind: "accepted", delivery: { id } });
    const other = { content: { code: undefined, text: "another" } };
    expect(await bundle.accept({ ...wished, client, ...other })).toEqual({
      kind: "refused",
      code: "no_route",
    });
  });

  test("the same text is a new delivery once the first one has failed", async () => {
    const no = { answers: [{ outcome: refused }] };
    const sim = simulate({ scripts: { "seven-sms": no, "telegram-gateway": no, "second-sms": no } });
    const first = await sim.taken();
    await sim.runFor(1_000);
    expect(await sim.taken()).not.toBe(first);
  });

  test("no event holds the code or the number", async () => {
    const sim = simulate({ scripts: { "seven-sms": { answers: [{ outcome: refused }] } } });
    await sim.taken();
    await sim.runFor(400_000);
    const said = JSON.stringify([sim.events, sim.jobs.held(), sim.store.counts()]);
    expect(sim.events.length).toBeGreaterThan(5);
    expect(said).not.toContain(CODE);
    expect(said).not.toContain(NUMBER.slice(3));
  });
});

describe("under an operator's policy", () => {
  const at = (plans: Rules["plans"], changes: Partial<Rules> = {}) =>
    aFlowBundle({ rules: { ...testRules(), plans, ...changes } });

  test("takes the plan that says most; the routes that a request names hold all the same", async () => {
    const bundle = at([
      { callingCodes: ["49"], routes: ["telegram-gateway", "seven-sms"] },
      { callingCodes: ["49"], client: CLIENT.id, routes: ["second-sms"] },
    ]);
    expect(await bundle.delivery(await bundle.taken())).toMatchObject({ plan: ["second-sms"] });
    const named = await bundle.taken({ routes: ["seven-sms"], content: { code: "111111", text: "111111" } });
    expect(await bundle.delivery(named)).toMatchObject({ plan: ["seven-sms"] });
  });

  test("a route out of use is left out of plans and refused by name", async () => {
    const rules = testRules();
    const routes = new Map([...rules.routes].map(([id, r]) => [id, { ...r, withdrawn: true as const }]));
    const bundle = at([], { routes: new Map([...rules.routes, ["seven-sms", routes.get("seven-sms")!]]) });
    expect(await bundle.delivery(await bundle.taken())).toMatchObject({
      plan: ["telegram-gateway", "second-sms"],
      skipped: [{ route: "seven-sms", why: "unknown" }],
    });
    const named = { routes: ["seven-sms"], content: { code: "111111", text: "111111" } };
    expect(await bundle.accept(named)).toMatchObject({ code: "unknown_route" });
  });

  test("an observed client starts on its own route and never leaves it", async () => {
    const bundle = at([], { observed: new Set([CLIENT.id]) });
    const id = await bundle.taken();
    expect(await bundle.delivery(id)).toMatchObject({
      plan: PLAN,
      observed: [],
      next: { route: "seven-sms" },
    });
  });
});
