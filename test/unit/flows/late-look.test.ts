import { expect, test } from "vitest";
import { attempt } from "../../../src/flows/attempt.ts";
import { watch } from "../../../src/flows/watch.ts";
import { aFlowBundle } from "../../support/flow-bundle.ts";
import { uncertain } from "../../support/scripted-provider.ts";

const SIGNAL = new AbortController().signal;

test("a doubt whose first look comes after its time, for everything was down, gets a second one", async () => {
  const bundle = aFlowBundle({
    scripts: {
      "seven-sms": {
        answers: [{ outcome: uncertain, took: true, latencyMs: 90_000 }],
        lookUps: ["unreadable"],
      },
    },
  });
  const id = await bundle.taken();
  void attempt(bundle.deps, { deliveryId: id, attempt: 1, route: "seven-sms" }, SIGNAL);
  await bundle.clock.runFor(40_000);
  await watch(bundle.deps, id, SIGNAL);
  expect(await bundle.delivery(id)).toMatchObject({ attempts: [{ state: "sending" }] });
  await bundle.clock.runFor(2_000);
  await watch(bundle.deps, id, SIGNAL);
  expect(await bundle.delivery(id)).toMatchObject({ attempts: [{ state: "uncertain", leftFor: "doubt" }] });
});
