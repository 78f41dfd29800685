import { randomUUID } from "node:crypto";
import { Queue } from "bullmq";
import { type Context, Hono } from "hono";
import { Redis } from "ioredis";
import { deliveryRequestSchema } from "../../src/http/delivery-request.ts";
import { listen } from "../../src/http/listen.ts";
import type { RedisAddress } from "../../src/redis/client.ts";
import { serveRole } from "../role.ts";

/** The least that could be called an intake: our framework, our listener, our schema, and at most one write. */

export type FloorInput = { redis: RedisAddress; addsJob: boolean };

serveRole({
  start: async ({ redis, addsJob }: FloorInput) => {
    const app = new Hono();
    app.post("/v1/deliveries", addsJob ? addingJob(redis) : validatingOnly);
    const { url } = await listen(app, { host: "127.0.0.1", port: 0, setting: "port" });
    return { url };
  },
});

async function validatingOnly(c: Context): Promise<Response> {
  if (!deliveryRequestSchema.safeParse(await c.req.json()).success) return c.json({}, 400);
  return c.json({ id: randomUUID() }, 202);
}

function addingJob(redis: RedisAddress) {
  const queue = new Queue("floor", { connection: new Redis({ ...redis }), prefix: "{floor}" });
  return async (c: Context): Promise<Response> => {
    if (!deliveryRequestSchema.safeParse(await c.req.json()).success) return c.json({}, 400);
    const deliveryId = randomUUID();
    await queue.add("attempt", { deliveryId, attempt: 1 }, { jobId: `${deliveryId}-1` });
    return c.json({ id: deliveryId }, 202);
  };
}
