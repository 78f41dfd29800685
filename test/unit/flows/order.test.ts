import { describe, expect, test } from "vitest";
import { timelineOf } from "../../../src/core/timeline.ts";
import { aRoute, testRules } from "../../support/build.ts";
import { aFlowBundle } from "../../support/flow-bundle.ts";
import { simulate } from "../../support/simulate.ts";

const rules = testRules({ routes: [aRoute({ id: "seven-sms" }), aRoute({ id: "second-sms" })] });
const failing = { hour: { arrived: 0, missed: 30, verified: 0 } };
const AUSTRIAN = "+436601234567" as never;

describe("an order by measurement", () => {
  test("starts a code where most arrive in its country, and says so", async () => {
    const bundle = aFlowBundle({ rules, routeOrder: "auto" });
    bundle.health.say("seven-sms", "49", failing);
    const delivery = await bundle.delivery(await bundle.taken());
    expect(delivery.plan).toEqual(["second-sms", "seven-sms"]);
    expect(delivery.next).toMatchObject({ route: "second-sms", why: "first" });
    expect(timelineOf(delivery)[1]).toMatchObject({
      kind: "ordered",
      text: expect.stringContaining("second-sms first: nothing is known in +49"),
    });
    const other = await bundle.delivery(await bundle.taken({ recipient: AUSTRIAN }));
    expect(other.plan[0]).toBe("seven-sms");
  });

  test("is off unless it is wanted, and where a caller names routes", async () => {
    const fixed = aFlowBundle({ rules });
    fixed.health.say("seven-sms", "49", failing);
    expect((await fixed.delivery(await fixed.taken())).plan[0]).toBe("seven-sms");
    const auto = aFlowBundle({ rules, routeOrder: "auto" });
    auto.health.say("seven-sms", "49", failing);
    const named = await auto.taken({ routes: ["seven-sms", "second-sms"] });
    expect((await auto.delivery(named)).plan[0]).toBe("seven-sms");
  });

  test("stands below circuits: a route that takes no calls is not started on", async () => {
    const bundle = aFlowBundle({ rules, routeOrder: "auto" });
    bundle.health.say("seven-sms", "49", failing);
    bundle.states.pause("second-sms");
    const delivery = await bundle.delivery(await bundle.taken());
    expect(delivery.next).toMatchObject({ route: "seven-sms", why: "circuit" });
  });

  test("adds no route that the plan left out", async () => {
    const bundle = aFlowBundle({ routeOrder: "auto" });
    const client = { id: "cloud", name: "Cloud", region: "DE", consents: {} };
    bundle.health.say("telegram-gateway", "49", { hour: { arrived: 500, missed: 0, verified: 0 } });
    for (const route of ["seven-sms", "second-sms"]) bundle.health.say(route, "49", failing);
    const delivery = await bundle.delivery(await bundle.taken({ client }));
    expect(delivery.plan).toEqual(["seven-sms", "second-sms"]);
  });
});

test("what deliveries show is noted by route and country", async () => {
  const sim = simulate();
  await sim.taken();
  await sim.runFor(400_000);
  expect(sim.health.notes).toContainEqual(
    expect.objectContaining({ route: "seven-sms", callingCode: "49", kind: "accepted" }),
  );
  expect(sim.health.notes).toContainEqual({ route: "seven-sms", callingCode: "49", kind: "missed" });
});
