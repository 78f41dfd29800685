import { describe, expect, test } from "vitest";
import type { Msisdn } from "../../../src/core/phone.ts";
import type { AcceptRequest } from "../../../src/flows/accept.ts";
import { aFlowBundle, CLIENT, NUMBER } from "../../support/flow-bundle.ts";
import { testRules } from "../../support/build.ts";

const another = { content: { code: "111111", text: "111111 is another Nextcloud code" } };
const limitedTo = (limits: NonNullable<AcceptRequest["client"]["limits"]>) => ({
  client: { ...CLIENT, limits },
});

describe("what must not be sent to", () => {
  test.each([
    ["blocked", (bundle: ReturnType<typeof aFlowBundle>) => bundle.blocks.block("+491511"), {}],
    ["country", () => undefined, limitedTo({ countries: ["AT"] })],
  ] as const)("%s: nothing new, the living text nevertheless", async (code, bar, changes) => {
    const bundle = aFlowBundle();
    const id = await bundle.taken();
    bar(bundle);
    expect(await bundle.accept({ ...changes, ...another })).toEqual({ kind: "refused", code });
    expect(await bundle.accept(changes)).toMatchObject({
      kind: "accepted",
      repeated: true,
      delivery: { id },
    });
    expect(bundle.store.openCount()).toBe(1);
    expect(bundle.events.filter((event) => event.kind === "accept.refused")).toMatchObject([{ code }]);
    expect(await bundle.refusals.recall(NUMBER, "cloud")).toEqual([
      { at: bundle.clock.now(), clientId: "cloud", door: undefined, reason: code },
    ]);
  });

  test("odd numbers", async () => {
    const bundle = aFlowBundle();
    const recipient = "+18005551212" as Msisdn;
    expect(await bundle.accept({ recipient })).toEqual({ kind: "refused", code: "number_type" });
    expect(bundle.store.openCount()).toBe(0);
  });

  test("blocks that were never read: nothing new, a living text all the same", async () => {
    const bundle = aFlowBundle();
    await bundle.taken();
    bundle.blocks.goAway();
    expect(await bundle.accept(another)).toMatchObject({
      kind: "refused",
      code: "busy",
      retryAfterMs: 1_000,
    });
    expect(await bundle.accept()).toMatchObject({ kind: "accepted", repeated: true });
    bundle.blocks.goAway(false);
    await bundle.taken(another);
  });
});

describe("money", () => {
  const price = { usualMicros: 80_000, byCallingCode: new Map([["49", 60_000]]) };
  const rules = () => {
    const all = testRules();
    return { ...all, routes: new Map([...all.routes].map(([id, route]) => [id, { ...route, price }])) };
  };

  test("the cap is told, the same text is a success, and its resends do not ask", async () => {
    const bundle = aFlowBundle({ rules: rules() });
    const capped = limitedTo({ spendMicros: 60_000 });
    const id = await bundle.taken(capped);
    expect((await bundle.delivery(id)).prices?.[0]).toBe(60_000);
    const refused = await bundle.accept({ ...capped, ...another });
    expect(refused).toMatchObject({ kind: "refused", code: "spend_cap", retryAfterMs: expect.any(Number) });
    expect(await bundle.accept(capped)).toMatchObject({ repeated: true, delivery: { id } });
    const day = 86_400_000;
    await bundle.clock.runFor(day - (bundle.clock.now() % day) + 1);
    await bundle.taken({ ...capped, ...another });
  });

  test("without a cap no price is kept", async () => {
    const bundle = aFlowBundle({ rules: rules() });
    expect((await bundle.delivery(await bundle.taken())).prices).toBeUndefined();
  });
});

test("what is refused is taken down with its front end, what is accepted is not", async () => {
  const bundle = aFlowBundle({ limits: { per10Min: 1, perDay: 0 } });
  await bundle.taken();
  await bundle.accept({ ...another, door: "playsms" });
  expect(bundle.refusals.all).toEqual([
    {
      recipient: NUMBER,
      at: bundle.clock.now(),
      clientId: "cloud",
      door: "playsms",
      reason: "recipient_limit",
    },
  ]);
});
