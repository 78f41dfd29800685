import { type Job, Worker } from "bullmq";
import type { JobName } from "../../src/flows/job-port.ts";
import { createKeys } from "../../src/redis/keys.ts";
import { createLaneTurns } from "../../src/redis/lane-turns.ts";
import { createJobs, createQueues, saidBy } from "../../src/redis/queues.ts";
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

/** As the workers have it. */
const GONE = { removeOnComplete: { count: 0 } };

function openRedis(): JobsHarness {
  const client = connectTestRedis();
  const prefix = freshPrefix();
  const queues = createQueues({ client, prefix, routes: LANES });
  const keys = createKeys(prefix);
  const turns = createLaneTurns(client, keys);
  const workers = new Map(LANES.map((lane) => [lane as string, aWorker(lane)]));
  let taken: Job | undefined;

  function aWorker(lane: string): Worker {
    return new Worker(lane, null, {
      connection: client,
      prefix,
      autorun: false,
      lockDuration: 60_000,
      ...GONE,
    });
  }
  return {
    jobs: createJobs(queues, client, keys),
    take: async (route) => {
      taken = await workers.get(route)!.getNextJob("token", { block: false });
      if (taken) turns.started(route, taken);
      const { deliveryId, attempt } = (taken ? saidBy(taken) : {}) as JobName;
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
