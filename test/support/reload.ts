import { sendAgain } from "../../src/flows/resend.ts";
import { aRoute, testRules } from "./build.ts";
import { CODE, TEXT } from "./flow-bundle.ts";
import { accepted } from "./scripted-provider.ts";
import type { Simulation } from "./simulate.ts";

export const CONTENT = { code: CODE, text: TEXT };
/** No silence of any route moves on: what is sent again was asked for. */
export const patient = testRules({
  routes: [
    aRoute({ id: "seven-sms", provider: "seven", silenceMs: undefined, lockMs: 180_000 }),
    aRoute({ id: "telegram-gateway", channel: "telegram", silenceMs: undefined, reach: 0.16 }),
    aRoute({ id: "second-sms", silenceMs: undefined }),
  ],
});
export const onlySeven = testRules({
  routes: [aRoute({ id: "seven-sms", provider: "seven", silenceMs: undefined, lockMs: 180_000 })],
});
export const sends = (sim: Simulation) =>
  [...sim.providers].flatMap(([route, p]) => p.taken.map((t) => `${route} ${(t.takenAt - START) / 1_000}`));
export const START = 1_700_000_000_000;
export const reloadAt = async (sim: Simulation, seconds: number, more: object = {}) => {
  await sim.runUntil(START + seconds * 1_000);
  const id = await sim.taken(more);
  await sim.runFor(10);
  return id;
};
export const byCaller = async (sim: Simulation, id: string) => {
  const said = await sendAgain(sim.deps, (await sim.store.load(id))!, "caller");
  await sim.runFor(10);
  return said;
};
export const deliveredAfter = (afterMs: number) => ({
  answers: [{ outcome: accepted, reports: [{ status: "delivered" as const, afterMs }] }],
});
