import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { v7 } from "uuid";
import type { JobName, Jobs } from "../../src/flows/ports.ts";

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
    const add = (job: JobName, delayMs = 0) => harness.jobs.enqueue({ ...job, delayMs, purpose: "login" });

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
