import { randomUUID } from "node:crypto";
import { type Job, Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { Pool } from "undici";
import type { RedisAddress } from "../../src/redis/client.ts";
import { TEXT } from "../load/request.ts";
import { serveRole } from "../role.ts";

/** A worker as one writes it on a first afternoon: number and text in the job, one POST, no record, no doubt. */

export type PlainInput = { redis: RedisAddress; sevenUrl: string; concurrency: number };

const [QUEUE, PREFIX] = ["plain", "{plain}"];
const HEADERS = { "x-api-key": "bench", accept: "application/json", "content-type": "application/json" };
/** The bound of one call, as in the service. */
const CALL_MS = 8_000;

type PlainJob = { to: string; text: string; reference: string };

let input: PlainInput | undefined;
let queue: Queue | undefined;
let worker: Worker | undefined;
let pool: Pool | undefined;

serveRole({
  start: (given: PlainInput) => {
    input = given;
    queue = new Queue(QUEUE, { connection: new Redis({ ...given.redis }), prefix: PREFIX });
    pool = new Pool(given.sevenUrl, { connections: given.concurrency, headersTimeout: CALL_MS });
  },
  accept: async (numbers: string[]) => {
    const jobs = numbers.map((to) => {
      const reference = randomUUID();
      const data: PlainJob = { to, text: TEXT, reference };
      return { name: "attempt", data, opts: { jobId: `${reference}-1`, removeOnComplete: true } };
    });
    for (let i = 0; i < jobs.length; i += 1_000) await queue?.addBulk(jobs.slice(i, i + 1_000));
  },
  work: () => {
    if (!input) throw new Error("The plain worker has not been started");
    const connection = new Redis({ ...input.redis, maxRetriesPerRequest: null });
    worker = new Worker<PlainJob>(QUEUE, send, {
      connection,
      prefix: PREFIX,
      concurrency: input.concurrency,
    });
    // An error event without a listener would end the process; a job that failed shows in the twin's count.
    worker.on("error", () => undefined);
    worker.on("closed", () => connection.disconnect());
  },
  rest: async () => {
    await worker?.close();
  },
});

async function send({ data: { to, text, reference } }: Job<PlainJob>): Promise<void> {
  const body = JSON.stringify({ to, text, foreign_id: reference, ttl: 10 });
  const answer = await pool?.request({ method: "POST", path: "/api/sms", headers: HEADERS, body });
  const said = (await answer?.body.json()) as { success?: unknown } | undefined;
  if (said?.success !== "100") throw new Error("The twin did not take the message");
}
