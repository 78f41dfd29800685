import { type Job, Worker } from "bullmq";
import type { JobName } from "../../src/flows/ports.ts";
import { createJobs, createQueues } from "../../src/redis/queues.ts";
import { createMemoryJobs } from "../support/memory-jobs.ts";
import { connectTestRedis, freshPrefix } from "../support/redis.ts";
import { keysUnder } from "../support/store-bundle.ts";
import { type JobsHarness, jobsConformance, LANES } from "./jobs.ts";

jobsConformance("in-memory", () => {
  const jobs = createMemoryJobs({ now: Date.now, routes: LANES });
  let taken: JobName | undefined;
  return {
    jobs,
    take: async (route) => {
      const job = jobs.take(route);
      taken = job && { route, deliveryId: job.deliveryId, attempt: job.attempt };
      return taken;
    },
    finish: async () => taken && jobs.finish(taken),
    close: async () => undefined,
  };
});

jobsConformance("BullMQ", openRedis);

function openRedis(): JobsHarness {
  const client = connectTestRedis();
  const prefix = freshPrefix();
  const queues = createQueues({ client, prefix, routes: LANES });
  const workers = new Map(LANES.map((lane) => [lane as string, aWorker(lane)]));
  let taken: Job | undefined;

  function aWorker(lane: string): Worker {
    return new Worker(lane, null, { connection: client, prefix, autorun: false, lockDuration: 60_000 });
  }
  return {
    jobs: createJobs(queues, client),
    take: async (route) => {
      taken = await workers.get(route)!.getNextJob("token", { block: false });
      const { deliveryId, attempt } = (taken?.data ?? {}) as JobName;
      return taken && { route, deliveryId, attempt };
    },
    finish: async () => void (await taken!.moveToCompleted(undefined, "token", false)),
    close: async () => {
      await Promise.all([...workers.values()].map((worker) => worker.close()));
      await queues.close();
      await client.unlink(await keysUnder(client, prefix));
      client.disconnect();
    },
  };
}
