import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { watch } from "../../src/flows/watch.ts";
import { attemptHandler } from "../../workers/attempt.ts";
import { createLane } from "../../workers/lane.ts";
import { eventually } from "../support/eventually.ts";
import { endLeftovers, startProcess } from "../support/processes.ts";
import { aRedisBundle, type RedisBundle } from "../support/redis-bundle.ts";

let bundle: RedisBundle;
beforeEach(() => {
  bundle = aRedisBundle();
});
afterEach(async () => {
  await bundle.close();
  expect(await endLeftovers()).toEqual([]);
});

test("a job whose worker was killed during the call runs again within 15 s and does not call again", async () => {
  const { deps, prefix, masterKey, client } = bundle;
  const answer = await bundle.accept();
  const id = answer.kind === "accepted" ? answer.delivery.id : "";
  const worker = ["--import", "tsx", "test/support/stalled-worker.ts"];
  const child = await startProcess([...worker, inject("redisUrl"), prefix, masterKey.toString("hex")]);
  await child.waitForLine("calling");
  child.kill("SIGKILL");
  await child.exited;
  const killedAt = Date.now();

  const handled: unknown[] = [];
  const handle = attemptHandler(deps, "seven-sms");
  const lane = createLane({
    name: "seven-sms",
    client,
    prefix,
    concurrency: 4,
    onError: () => undefined,
    handle: async (data, signal) => {
      await handle(data, signal);
      handled.push(data);
    },
  });
  lane.run();
  await eventually(() => expect(handled).toEqual([{ deliveryId: id, attempt: 1 }]), { timeoutMs: 20_000 });
  expect(Date.now() - killedAt).toBeLessThan(15_000);
  await lane.drain();
  expect(bundle.sent).toEqual([]);
  expect((await deps.store.load(id))?.delivery).toMatchObject({
    state: "sending",
    attempts: [{ state: "sending" }],
  });
  expect(await bundle.queues.lanes.get("seven-sms")!.getJobCounts()).toMatchObject({ failed: 0, active: 0 });

  const lookUp = async () => ({ kind: "found" as const, providerMessageId: "m1" });
  const found = { forRoute: () => ({ ...deps.providers.forRoute("seven-sms"), lookUp }) };
  await eventually(async () => {
    const signal = new AbortController().signal;
    expect(await watch({ ...deps, providers: found }, id, signal)).toEqual(["doubt"]);
  });
  expect((await deps.store.load(id))?.delivery).toMatchObject({ state: "sent", attempts: [{}] });
  expect(bundle.sent).toEqual([]);
});
