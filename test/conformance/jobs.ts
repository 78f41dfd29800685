import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { v7 } from "uuid";
import type { JobName, Jobs, NewJob } from "../../src/flows/job-port.ts";

export type JobsHarness = {
  jobs: Jobs;
  /** Makes the next ready job of this lane run. @returns its name, undefined when none is ready */
  take: (route: string) => Promise<JobName | undefined>;
  /** The job that was taken last is over. */
  finish: () => Promise<void>;
  close: () => Promise<void>;
};

export const LANES = ["seven-sms", "telegram-gateway"] as const;

/** What the lanes promise to the flows, whatever they are made of. */
export function jobsConformance(name: string, open: () => JobsHarness): void {
  describe(`the ${name} lanes`, () => {
    let harness: JobsHarness;
    beforeEach(() => {
      harness = open();
    });
    afterEach(() => harness.close());

    const aJob = (changes: Partial<JobName> = {}): JobName => ({
      route: "seven-sms",
      deliveryId: v7(),
      attempt: 1,
      ...changes,
    });
    const add = (job: JobName, delayMs = 0, more: Partial<NewJob> = {}) =>
      harness.jobs.enqueue({ ...job, delayMs, purpose: "login", clientId: "cloud", ...more });
    const runAll = async () => {
      const ran: JobName[] = [];
      for (let job = await harness.take("seven-sms"); job; job = await harness.take("seven-sms")) {
        ran.push(job);
        await harness.finish();
      }
      return ran;
    };

    test("an attempt that is added twice runs once", async () => {
      const job = aJob();
      await Promise.all(Array.from({ length: 20 }, () => add(job)));
      expect(await harness.take("seven-sms")).toEqual(job);
      await add(job);
      await harness.finish();
      expect(await harness.take("seven-sms")).toBeUndefined();
    });

    test("an attempt that has run can be added again", async () => {
      const job = aJob();
      await add(job);
      await harness.take("seven-sms");
      await harness.finish();
      await add(job);
      expect(await harness.take("seven-sms")).toEqual(job);
    });

    test("jobs of one lane run in the order in which they came, and in no other lane", async () => {
      const jobs = [aJob(), aJob(), aJob({ attempt: 2 })];
      for (const job of jobs) await add(job);
      expect(await harness.take("telegram-gateway")).toBeUndefined();
      for (const job of jobs) {
        expect(await harness.take("seven-sms")).toEqual(job);
        await harness.finish();
      }
    });

    test("what waits goes by its class: first sends before others, login before enrolment before test", async () => {
      const inOrder = [1, 2].flatMap((attempt) =>
        (["login", "enrolment", "test"] as const).map((purpose) => ({ job: aJob({ attempt }), purpose })),
      );
      for (const { job, purpose } of inOrder.toReversed()) await add(job, 0, { purpose });
      expect(await runAll()).toEqual(inOrder.map(({ job }) => job));
    });

    test("clients take turns, however much one of them has waiting", async () => {
      const ofClient = (clientId: string, many: number) =>
        Array.from({ length: many }, () => ({ job: aJob(), clientId }));
      const [flood, few] = [ofClient("flood", 30), ofClient("few", 4)];
      await Promise.all(flood.map(({ job, clientId }) => add(job, 0, { clientId })));
      for (const { job, clientId } of few) await add(job, 0, { clientId });
      const isFew = new Set(few.map(({ job }) => job.deliveryId));
      const ran = await runAll();
      expect(ran).toHaveLength(34);
      expect(ran.slice(0, 8).map(({ deliveryId }) => isFew.has(deliveryId))).toEqual(
        Array.from({ length: 4 }, () => [false, true]).flat(),
      );
    });

    test("whoever comes while others wait is the next but one", async () => {
      for (let i = 0; i < 20; i++) await add(aJob(), 0, { clientId: "flood" });
      for (let i = 0; i < 10; i++) {
        await harness.take("seven-sms");
        await harness.finish();
      }
      const job = aJob();
      await add(job, 0, { clientId: "late" });
      expect((await runAll()).slice(0, 2)).toContainEqual(job);
    });

    test("a failover is not starved by the first sends of another client", async () => {
      const again = aJob({ attempt: 2 });
      await add(again, 0, { clientId: "few" });
      for (let i = 0; i < 100; i++) await add(aJob(), 0, { clientId: "flood" });
      const ran = await runAll();
      expect(ran.findIndex(({ deliveryId }) => deliveryId === again.deliveryId)).toBeLessThan(70);
    });

    test("each tells how many start before it, one that has no turn tells nothing", async () => {
      const [login, test_, delayed, running, absent] = [aJob(), aJob(), aJob(), aJob(), aJob()];
      await add(running);
      await harness.take("seven-sms");
      await add(test_, 0, { purpose: "test" });
      await add(login);
      await add(delayed, 60_000);
      const told = await Promise.all([login, test_, delayed, running, absent].map(harness.jobs.ahead));
      expect(told).toEqual([0, 1, undefined, undefined, undefined]);
      await harness.finish();
    });

    test("a delayed attempt does not run before its time", async () => {
      await add(aJob(), 60_000);
      expect(await harness.take("seven-sms")).toBeUndefined();
    });

    test("missing names exactly those that no lane holds, waiting, delayed or running", async () => {
      const [waiting, delayed, running, absent] = [aJob(), aJob(), aJob(), aJob()];
      await add(running);
      await harness.take("seven-sms");
      await add(waiting);
      await add(delayed, 60_000);
      const elsewhere = { ...waiting, route: "telegram-gateway" };
      const asked = [waiting, absent, delayed, elsewhere, running];
      expect(await harness.jobs.missing(asked)).toEqual([absent, elsewhere]);
      expect(await harness.jobs.missing([])).toEqual([]);
    });

    test("remove takes a waiting or delayed attempt out and leaves one alone that runs", async () => {
      const [waiting, delayed, running] = [aJob(), aJob(), aJob()];
      await add(running);
      await harness.take("seven-sms");
      await add(waiting);
      await add(delayed, 60_000);
      for (const job of [waiting, delayed, running, aJob()]) await harness.jobs.remove(job);
      expect(await harness.jobs.missing([waiting, delayed, running])).toEqual([waiting, delayed]);
      await harness.finish();
      expect(await harness.jobs.missing([running])).toEqual([running]);
    });

    test("a lane that is not there refuses new attempts and holds up nobody else", async () => {
      const job = aJob({ route: "gone" });
      await expect(add(job)).rejects.toThrow();
      await harness.jobs.remove(job);
      const absent = aJob();
      expect(await harness.jobs.missing([job, absent])).toEqual([absent]);
    });
  });
}
