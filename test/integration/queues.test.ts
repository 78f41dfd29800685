import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { reconcile } from "../../src/flows/reconcile.ts";
import { createReportQueue, parseReportJob } from "../../src/redis/queues.ts";
import { createLane, type LaneSettings } from "../../workers/lane.ts";
import { attemptHandler } from "../../workers/attempt.ts";
import { settleHandler } from "../../workers/settle.ts";
import { sweep, watchHandler } from "../../workers/watch.ts";
import { aReport } from "../support/build.ts";
import { eventually } from "../support/eventually.ts";
import { aRedisBundle, type RedisBundle } from "../support/redis-bundle.ts";

const SIGNAL = new AbortController().signal;
let bundle: RedisBundle;
let lanes: ReturnType<typeof createLane>[] = [];
beforeEach(() => {
  bundle = aRedisBundle();
});
afterEach(async () => {
  await Promise.all(lanes.map((lane) => lane.drain()));
  lanes = [];
  await bundle.close();
});

function run(settings: Partial<LaneSettings> & Pick<LaneSettings, "name" | "handle">): void {
  const { client, prefix } = bundle;
  const errors = (message: string): never => {
    throw new Error(message);
  };
  const lane = createLane({ client, prefix, concurrency: 8, onError: errors, ...settings });
  lanes.push(lane);
  lane.run();
}
const acceptedId = async (): Promise<string> => {
  const answer = await bundle.accept();
  if (answer.kind !== "accepted") throw new Error(answer.code);
  return answer.delivery.id;
};
const state = async (id: string) => (await bundle.deps.store.load(id))?.delivery.state;

describe("a lane", () => {
  test.each([10, 50])(
    "of %d a second never starts more than one above in any second, with two workers",
    async (rate) => {
      const starts: number[] = [];
      const handle = async () => void starts.push(performance.now());
      const lane = bundle.queues.lanes.get("seven-sms")!;
      const many = Math.ceil(rate * 2.5);
      await lane.addBulk(Array.from({ length: many }, (_, i) => ({ name: "attempt", data: { i } })));
      for (let worker = 0; worker < 2; worker++) run({ name: "seven-sms", perSecond: rate, handle });
      await eventually(() => expect(starts).toHaveLength(many), { timeoutMs: 15_000 });
      const most = Math.max(
        ...starts.map((from) => starts.filter((at) => at >= from && at < from + 1_000).length),
      );
      expect(most).toBeLessThanOrEqual(rate + 1);
      expect(most).toBeGreaterThan(rate / 2);
    },
  );

  test("holds nothing but names, and nothing at all once a job is over", async () => {
    const id = await acceptedId();
    const lane = bundle.queues.lanes.get("seven-sms")!;
    const [job] = await lane.getJobs();
    expect(job?.id).toBe(`${id}-1`);
    expect(job?.name).toBe("login");
    expect(job?.data).toEqual({});
    run({ name: "seven-sms", handle: attemptHandler(bundle.deps, "seven-sms") });
    await eventually(async () => expect(await state(id)).toBe("sent"));
    await eventually(async () => expect(await lane.getJobs()).toEqual([]));
    expect(bundle.sent).toMatchObject([{ reference: `${id}-1` }]);
  });

  test("brings an attempt back that nobody could take, and keeps it waiting meanwhile", async () => {
    const id = await acceptedId();
    const lane = bundle.queues.lanes.get("seven-sms")!;
    let held = 0;
    const take = attemptHandler(bundle.deps, "seven-sms");
    const handle: LaneSettings["handle"] = async (data, signal) =>
      held++ < 3 ? { holdMs: 100 } : take(data, signal);
    run({ name: "seven-sms", handle });
    await eventually(async () => expect(await lane.getDelayedCount()).toBe(1));
    expect(await bundle.deps.jobs.missing([{ route: "seven-sms", deliveryId: id, attempt: 1 }])).toEqual([]);
    await eventually(async () => expect(await state(id)).toBe("sent"));
    expect(held).toBe(4);
    await eventually(async () => expect(await lane.getJobs()).toEqual([]));
  });

  test("lets go of a held attempt that is taken out", async () => {
    const id = await acceptedId();
    const lane = bundle.queues.lanes.get("seven-sms")!;
    run({ name: "seven-sms", handle: async () => ({ holdMs: 60_000 }) });
    await eventually(async () => expect(await lane.getDelayedCount()).toBe(1));
    await bundle.deps.jobs.remove({ route: "seven-sms", deliveryId: id, attempt: 1 });
    expect(await lane.getJobs()).toEqual([]);
  });

  test("moves an attempt past an open circuit into the lane of the next route", async () => {
    const id = await acceptedId();
    const credit = { kind: "refused", reason: "account_credit" } as const;
    await bundle.deps.circuits.observe("seven-sms", credit, 10, false);
    run({ name: "seven-sms", handle: attemptHandler(bundle.deps, "seven-sms") });
    run({ name: "telegram-gateway", handle: attemptHandler(bundle.deps, "telegram-gateway") });
    await eventually(async () => expect(await state(id)).toBe("sent"));
    expect((await bundle.deps.store.load(id))?.delivery.attempts).toMatchObject([
      { number: 1, route: "telegram-gateway", why: "circuit" },
    ]);
    await eventually(async () => expect(await bundle.queues.lanes.get("seven-sms")!.getJobs()).toEqual([]));
  });

  test.each([{ deliveryId: "no uuid", attempt: 1 }, { deliveryId: 7 }, "text", null])(
    "a job that nobody of ours wrote (%j) is gone after one start and stops nobody",
    async (data) => {
      const lane = bundle.queues.lanes.get("seven-sms")!;
      await lane.add("attempt", data, { jobId: "stranger" });
      const id = await acceptedId();
      run({ name: "seven-sms", handle: attemptHandler(bundle.deps, "seven-sms") });
      await eventually(async () => expect(await state(id)).toBe("sent"));
      await eventually(async () => expect(await lane.getJobs()).toEqual([]));
      expect(bundle.sent).toHaveLength(1);
    },
  );
});

describe("reports", () => {
  const sent = async () => {
    const id = await acceptedId();
    await attemptHandler(bundle.deps, "seven-sms")({ deliveryId: id, attempt: 1 }, SIGNAL);
    return { id, report: aReport("delivered", { providerMessageId: `m-${id}-1` }) };
  };

  test("a thousand copies of one report make one transition", async () => {
    const { id, report } = await sent();
    const enqueue = createReportQueue(bundle.queues);
    run({ name: "settle", handle: settleHandler(bundle.deps) });
    await Promise.all(Array.from({ length: 1_000 }, () => enqueue({ provider: "seven", report })));
    await eventually(async () => expect(await bundle.queues.settle.getJobCountByTypes()).toBe(0));
    expect(await state(id)).toBe("delivered");
    const moves = bundle.events.filter((e) => e.kind === "delivery.moved" && e.to === "delivered");
    expect(moves).toHaveLength(1);
    expect((await bundle.deps.store.load(id))?.delivery.attempts[0]?.reports).toHaveLength(1);
    expect(await bundle.counts()).toMatchObject({ accepted: 1, delivered: 1, sent: 0 });
  });

  test("copies that wait are one job, another status or a refund is another one", async () => {
    const { report } = await sent();
    const enqueue = createReportQueue(bundle.queues);
    for (let i = 0; i < 5; i++) await enqueue({ provider: "seven", report: { ...report, reportedAt: i } });
    await enqueue({ provider: "seven", report: { ...report, status: "buffered" } });
    await enqueue({ provider: "seven", report: { ...report, isRefunded: true } });
    expect(await bundle.queues.settle.getWaitingCount()).toBe(3);
    const jobs = (await bundle.queues.settle.getJobs()).map(({ data }) => parseReportJob(data));
    expect(jobs.filter((job) => job?.report.isRefunded)).toHaveLength(1);
    expect(jobs.filter((job) => job === undefined)).toEqual([]);
  });

  test("what is no report is kept as a failed job and not tried again", async () => {
    await bundle.queues.settle.add("report", { provider: "seven", report: { status: "invented" } });
    run({ name: "settle", handle: settleHandler(bundle.deps) });
    await eventually(async () => expect(await bundle.queues.settle.getFailedCount()).toBe(1));
    const [job] = await bundle.queues.settle.getFailed();
    expect(job?.attemptsMade).toBe(1);
  });
});

describe("repair", () => {
  /** Reconcile gives every hand-over 5 s. */
  const later = () => ({ ...bundle.deps.clock, now: () => Date.now() + 6_000 });

  test("a job that was deleted by hand comes back and runs", async () => {
    const id = await acceptedId();
    await bundle.queues.lanes.get("seven-sms")!.remove(`${id}-1`);
    expect(await reconcile(bundle.deps, SIGNAL)).toMatchObject({ jobs: 0 });
    expect(await reconcile({ ...bundle.deps, clock: later() }, SIGNAL)).toMatchObject({ looked: 1, jobs: 1 });
    run({ name: "seven-sms", handle: attemptHandler(bundle.deps, "seven-sms") });
    await eventually(async () => expect(await state(id)).toBe("sent"));
    expect(bundle.sent).toHaveLength(1);
  });

  test("a timer that was deleted by hand comes back and is acted on", async () => {
    const id = await acceptedId();
    const { client, keys, deps, queues } = bundle;
    await client.zrem(keys.due, id);
    const far = { ...deps.clock, now: () => Date.now() + 280_000 };
    expect(await sweep({ ...deps, clock: far }, queues)).toBe(0);
    expect(await reconcile(deps, SIGNAL)).toMatchObject({ timers: 1 });
    expect(await sweep(deps, queues)).toBe(0);
    expect(await sweep({ ...deps, clock: far }, queues)).toBe(1);
    run({ name: "watch", handle: watchHandler({ ...deps, clock: far }) });
    await eventually(async () => expect(await state(id)).toBe("expired"));
    expect(await queues.lanes.get("seven-sms")!.getPrioritizedCount()).toBe(0);
  });

  test("sweeps of ten workers hand every timer out once", async () => {
    const many = await Promise.all(Array.from({ length: 30 }, acceptedId));
    const far = { ...bundle.deps.clock, now: () => Date.now() + 280_000 };
    const sweeps = Array.from({ length: 10 }, () => sweep({ ...bundle.deps, clock: far }, bundle.queues));
    const claimed = (await Promise.all(sweeps)).reduce((sum, n) => sum + n, 0);
    expect(claimed).toBe(many.length);
    expect(await bundle.queues.watch.getWaitingCount()).toBe(many.length);
  });
});
