import { describe, expect, test } from "vitest";
import type { SendOutcome } from "../../../src/core/outcome.ts";
import { settle } from "../../../src/flows/settle.ts";
import { aReport, aRoute, testRules } from "../../support/build.ts";
import { aFlowBundle, NUMBER } from "../../support/flow-bundle.ts";
import { byCaller } from "../../support/reload.ts";
import { accepted, refused, unavailable, uncertain } from "../../support/scripted-provider.ts";
import { simulate, type Simulation } from "../../support/simulate.ts";

const routes = async (sim: Simulation, id: string) =>
  (await sim.delivery(id)).attempts.map((a) => `${a.route} ${a.state} ${a.why}`);

describe("what is remembered of a number", () => {
  const gone = { kind: "refused", reason: "recipient_unreachable" } as const;
  const first = { routes: ["telegram-gateway", "seven-sms"] };

  test("is asked only where it can matter", async () => {
    const bundle = aFlowBundle();
    await bundle.taken();
    expect(bundle.reach.recalls).toEqual([]);
    bundle.states.setWait("seven-sms", 9_000);
    await bundle.taken({ content: { code: undefined, text: "two" } });
    expect(bundle.reach.recalls).toEqual(["telegram-gateway"]);
  });

  test("keeps a number that is not on Telegram from being tried there again", async () => {
    const sim = simulate({ scripts: { "telegram-gateway": { answers: [{ outcome: gone }] } } });
    const id = await sim.taken(first);
    await sim.runFor(10);
    expect(await routes(sim, id)).toEqual(["telegram-gateway refused first", "seven-sms accepted refused"]);
    const next = await sim.taken({ ...first, content: { code: undefined, text: "next" } });
    await sim.runFor(10);
    expect(await routes(sim, next)).toEqual(["seven-sms accepted first"]);
    expect(await sim.reach.recall("seven-sms", NUMBER)).toBeUndefined();
  });

  test("sends somebody who is on Telegram there when the line of the SMS is long", async () => {
    const sim = simulate({ scripts: { "telegram-gateway": { answers: [{ outcome: accepted }] } } });
    await sim.taken(first);
    await sim.runFor(10);
    sim.states.setWait("seven-sms", 9_000);
    const id = await sim.taken({ content: { code: undefined, text: "next" } });
    await sim.runFor(10);
    expect(await routes(sim, id)).toEqual(["telegram-gateway accepted busy"]);
  });

  test("is nothing where the refusal says nothing of the person", async () => {
    const credit = { kind: "refused", reason: "account_credit" } as const;
    const sim = simulate({ scripts: { "telegram-gateway": { answers: [{ outcome: credit }] } } });
    await sim.taken(first);
    await sim.runFor(10);
    expect(await sim.reach.recall("telegram-gateway", NUMBER)).toBeUndefined();
  });

  const no = { answers: [{ outcome: refused }] };
  const failsOver = async (outcome: SendOutcome, known?: boolean, more: object = {}) => {
    const sim = simulate({ scripts: { "seven-sms": { answers: [{ outcome }] }, ...more } });
    if (known !== undefined) await sim.reach.remember("telegram-gateway", NUMBER, known);
    const id = await sim.taken();
    await sim.runFor(10);
    return { sim, id };
  };

  test.each([
    [undefined, "telegram-gateway accepted refused"],
    [true, "telegram-gateway accepted refused"],
    [false, "second-sms accepted refused"],
  ])("orders a failover: who is known to be there (%s) goes to %s", async (known, second) => {
    const { sim, id } = await failsOver(refused, known);
    expect(await routes(sim, id)).toEqual(["seven-sms refused first", second]);
    expect(sim.reach.recalls).toEqual(["telegram-gateway"]);
  });

  test("keeps a route that does not reach the person for the last try", async () => {
    const { sim, id } = await failsOver(refused, false, { "second-sms": no, "telegram-gateway": no });
    expect(await routes(sim, id)).toEqual([
      "seven-sms refused first",
      "second-sms refused refused",
      "telegram-gateway refused refused",
    ]);
    expect(sim.reach.recalls).toEqual(["telegram-gateway"]);
  });

  test("costs nothing where no move is due", async () => {
    const { sim, id } = await failsOver(accepted, false);
    expect(await routes(sim, id)).toEqual(["seven-sms accepted first"]);
    const { sim: other } = await failsOver(unavailable, false);
    expect(other.reach.recalls).toEqual([]);
    expect(sim.reach.recalls).toEqual([]);
  });

  test.each([
    ["silence", (sim: Simulation) => sim.runFor(31_000)],
    ["resend", (sim: Simulation, id: string) => byCaller(sim, id)],
    [
      "undelivered",
      async (sim: Simulation) => {
        const report = aReport("undelivered", { providerMessageId: "seven.1" });
        await settle(sim.deps, { provider: "seven", report });
        await sim.runFor(10);
      },
    ],
  ] as const)("orders a move for %s", async (why, happen) => {
    const { sim, id } = await failsOver(accepted, false);
    await happen(sim, id);
    expect((await routes(sim, id))[1]).toBe(`second-sms accepted ${why}`);
  });

  test.each(["absent", "unreadable"] as const)("orders the end of a doubt: %s", async (look) => {
    const tries = { answers: [{ outcome: uncertain }, { outcome: refused }], lookUps: () => look };
    const { sim, id } = await failsOver(refused, false, { "seven-sms": tries });
    await sim.runFor(20_000);
    expect((await routes(sim, id)).at(-1)).toMatch(/^second-sms accepted/);
  });

  test("is not asked again of a plan that stays as it is", async () => {
    const sim = simulate({ laneWaitMs: () => 100_000 });
    const id = await sim.taken({ routes: ["telegram-gateway", "seven-sms", "second-sms"] });
    for (const route of ["seven-sms", "second-sms"]) sim.states.setWait(route, 20_000);
    await sim.runFor(9_000);
    expect((await sim.delivery(id)).next).toMatchObject({
      route: "telegram-gateway",
      checkedAt: expect.any(Number),
    });
    expect(sim.reach.recalls).toEqual(["telegram-gateway"]);
  });

  test("keeps a waiting attempt from moving where nobody is", async () => {
    const two = testRules({
      routes: [
        aRoute({ id: "seven-sms" }),
        aRoute({ id: "telegram-gateway", channel: "telegram", reach: 0.16 }),
      ],
    });
    for (const [known, expected] of [
      [undefined, ["telegram-gateway accepted circuit"]],
      [false, []],
    ] as const) {
      const sim = simulate({ rules: two });
      if (known !== undefined) await sim.reach.remember("telegram-gateway", NUMBER, known);
      const id = await sim.taken();
      sim.circuits.open("seven-sms");
      await sim.runFor(10);
      expect(await routes(sim, id)).toEqual(expected);
    }
  });
});
