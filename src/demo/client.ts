import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { failFastClient, whenReady } from "../redis/client.ts";
import { createQueues } from "../redis/queues.ts";
import { joinRedis } from "../redis-home.ts";
import type { Ready } from "../up/up.ts";

/** The demo talks to the service as its users do: over HTTP, with a key. */

const seenSchema = z.object({
  id: z.string(),
  state: z.string(),
  recipient: z.string(),
  attempts: z.array(z.object({ route: z.string(), state: z.string() })),
  timeline: z.array(z.object({ at: z.string(), text: z.string() })),
});

/** A delivery as the API shows it. */
export type Seen = z.output<typeof seenSchema>;

export type DemoClient = {
  post: (body: { to: string; code: string; routes?: string[]; validForMs?: number }) => Promise<string>;
  playsms: (to: string, text: string) => Promise<string>;
  /** Waits for an end. @throws after 90 s */
  untilEnded: (id: string) => Promise<Seen>;
  /** What the twins' own ledger says. */
  messagesTo: (number: string) => Promise<number>;
  /** Pauses a route's lane, as an operator would. */
  hold: (route: string) => Promise<void>;
};

const POLL_MS = 200;
const GIVE_UP_MS = 90_000;
const OPEN = new Set(["queued", "sending", "sent"]);

export function createDemoClient(ready: Ready): DemoClient {
  return {
    post: (body) => post(ready, body),
    playsms: (to, text) => playsms(ready, to, text),
    untilEnded: (id) => untilEnded(ready, id),
    messagesTo: (number) => messagesTo(ready, number),
    hold: (route) => hold(ready, route),
  };
}

async function post(ready: Ready, body: object): Promise<string> {
  const response = await fetch(`${ready.publicUrl}/v1/deliveries`, {
    method: "POST",
    headers: { authorization: `Bearer ${ready.apiKey}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return z.object({ id: z.string() }).parse(await answerOf(response)).id;
}

/** The query of the stock driver. Source: nextcloud/twofactor_gateway, playSMS driver. */
async function playsms(ready: Ready, to: string, msg: string): Promise<string> {
  const query = new URLSearchParams({ app: "ws", u: ready.clientId, h: ready.apiKey, op: "pv", to, msg });
  const answer = await answerOf(await fetch(`${ready.publicUrl}/compat/playsms?${query.toString()}`));
  return (
    z.object({ data: z.array(z.object({ smslog_id: z.string() })).length(1) }).parse(answer).data[0]
      ?.smslog_id ?? ""
  );
}

async function untilEnded(ready: Ready, id: string): Promise<Seen> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  while (performance.now() < giveUpAt) {
    const response = await fetch(`${ready.publicUrl}/v1/deliveries/${id}`, {
      headers: { authorization: `Bearer ${ready.apiKey}` },
    });
    const seen = seenSchema.parse(await answerOf(response));
    if (!OPEN.has(seen.state)) return seen;
    await sleep(POLL_MS);
  }
  throw new Error(`Delivery ${id} did not end within ${GIVE_UP_MS / 1000} s`);
}

async function messagesTo(ready: Ready, number: string): Promise<number> {
  const response = await fetch(`${ready.twins?.seven ?? ""}/_twin/ledger`);
  const entries = z
    .array(z.looseObject({ event: z.string(), recipient: z.string().optional() }))
    .parse(await response.json());
  return entries.filter((e) => e.event === "accepted" && e.recipient?.replace(/^\+/, "") === number.slice(1))
    .length;
}

async function hold(ready: Ready, route: string): Promise<void> {
  const { address } = joinRedis({ DATA_DIR: ready.dataDir, REDIS_URL: undefined });
  const client = failFastClient(address, "otpost-demo");
  await whenReady(client, 3_000);
  const queues = createQueues({ client, prefix: "{otpost}", routes: [route] });
  await queues.lanes.get(route)?.pause();
  await queues.close();
  client.disconnect();
}

async function answerOf(response: Response): Promise<unknown> {
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const detail = z.object({ detail: z.string() }).safeParse(answer);
  throw new Error(
    `The service answered ${response.status}: ${detail.success ? detail.data.detail : "no reason"}`,
  );
}
