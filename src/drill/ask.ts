import { Agent, request } from "undici";
import { z } from "zod";
import type { Arrival } from "./arrivals.ts";
import type { Answer } from "./load-entry.ts";

/** How drills and the race ask for a code: through otpost, or at seven itself as a sender without otpost would. */

const targetSchema = z.object({ url: z.string(), apiKey: z.string() });
export const targetsSchema = z.object({
  /** `apiKeys`: of further clients, by their names. */
  otpost: targetSchema.extend({ apiKeys: z.record(z.string(), z.string()).optional() }),
  seven: targetSchema,
});
type Targets = z.output<typeof targetsSchema>;

export type Asker = {
  /** Never rejects: no answer, a broken one, or one after our patience is over are all an empty answer. */
  ask: (arrival: Arrival) => Promise<Answer & { expiresAt?: number }>;
  /** Ends what is still open; an empty answer for each. */
  close: () => Promise<void>;
};

/** Each waiting person has a connection; a request that finds none free waits on its own clock. */
const CONNECTIONS = 4_096;
/** The answers of both, as far as they are looked at; a body of another shape proves nothing and stays unread. */
const answerSchema = z.object({
  id: z.string().optional(),
  expiresAt: z.string().optional(),
  code: z.string().optional(),
  success: z.unknown().optional(),
});

/** @param patienceMs the longest wait for an answer */
export function createAsker(targets: Targets, patienceMs: number): Asker {
  const agent = new Agent({ connections: CONNECTIONS, connect: { timeout: patienceMs } });
  const post = createPost(agent, patienceMs);
  return {
    ask: async (arrival) => {
      const ask = arrival.via === "direct" ? askSeven : askOtpost;
      return ask(targets, post, arrival).catch(() => ({}));
    },
    close: () => agent.destroy(),
  };
}

async function askOtpost({ otpost }: Targets, post: Post, { to, text, validForMs, routes, client }: Arrival) {
  const apiKey = (client === undefined ? undefined : otpost.apiKeys?.[client]) ?? otpost.apiKey;
  const { status, said } = await post(
    `${otpost.url}/v1/deliveries`,
    { authorization: `Bearer ${apiKey}` },
    { to, text, purpose: "login", validForMs, ...(routes ? { routes } : {}) },
  );
  const { id, expiresAt, code: problem } = said;
  return { status, id, problem, ...(expiresAt === undefined ? {} : { expiresAt: Date.parse(expiresAt) }) };
}

/** One call and no more, as most drivers make it. Source: docs.seven.io, sms: HTTP 200 for every code, 100 is success. */
async function askSeven({ seven }: Targets, post: Post, { to, text }: Arrival): Promise<Answer> {
  const headers = { "x-api-key": seven.apiKey, accept: "application/json" };
  const { status, said } = await post(`${seven.url}/api/sms`, headers, { to, text });
  return { status: status === 200 && String(said.success) !== "100" ? 422 : status };
}

type Post = ReturnType<typeof createPost>;

function createPost(dispatcher: Agent, patienceMs: number) {
  return async (url: string, headers: Record<string, string>, body: object) => {
    const response = await request(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(body),
      dispatcher,
      // By itself: within AbortSignal.any a timeout may be collected before its time, as seen on Node 20.20.
      signal: AbortSignal.timeout(patienceMs),
    });
    const text = await response.body.text();
    const read = answerSchema.safeParse(text.startsWith("{") ? JSON.parse(text) : {});
    return { status: response.statusCode, said: read.success ? read.data : {} };
  };
}
