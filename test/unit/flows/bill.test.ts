import { expect, test } from "vitest";
import { settle } from "../../../src/flows/settle.ts";
import { aReport } from "../../support/build.ts";
import { accepted } from "../../support/scripted-provider.ts";
import { simulate } from "../../support/simulate.ts";

test("a report that brings the price back is told once, for the price that was told before", async () => {
  const cost = { micros: 10_000, currency: "USD" };
  const answers = [{ outcome: { ...accepted, cost } as typeof accepted }];
  const sim = simulate({ scripts: { "seven-sms": { answers } } });
  const id = await sim.taken();
  await sim.runFor(10);
  const names = { providerMessageId: "seven.1" };
  const tell = (changes: object) =>
    settle(sim.deps, { provider: "seven", report: aReport("undelivered", { ...names, ...changes }) });
  await tell({});
  for (let n = 0; n < 3; n++) await tell({ isRefunded: true });
  const money = sim.events.filter(({ kind }) => kind === "attempt.billed" || kind === "attempt.refunded");
  const what = { deliveryId: id, attempt: 1, route: "seven-sms", cost };
  expect(money.slice(0, 1)).toEqual([{ kind: "attempt.billed", ...what }]);
  expect(money.filter(({ kind }) => kind === "attempt.refunded")).toEqual([
    { kind: "attempt.refunded", ...what },
  ]);
  expect((await sim.delivery(id)).attempts[0]).toMatchObject({ cost, refundedAt: sim.clock.now() });
});
