import { createWriteStream, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { z } from "zod";
import type { Arrival } from "./arrivals.ts";
import { type Answer, type LoadEntry, loadEntry } from "./load-entry.ts";

/**
 * The load, a process of its own: an open loop, so each request leaves when the schedule says so, however
 * slow the service is, and is timed from that instant on.
 */

const jobSchema = z.object({
  /** JSON: the list of arrivals. */
  plan: z.string(),
  ledger: z.string(),
  /** Epoch ms of the schedule's zero. */
  startAt: z.number(),
  otpost: z.object({ url: z.string(), apiKey: z.string() }),
  seven: z.object({ url: z.string(), apiKey: z.string() }),
});
export type LoadJob = z.output<typeof jobSchema>;
export type LoadCounts = Record<LoadEntry["outcome"] | "asked", number>;

/** Longer than any answer a person at a login page would wait for. */
const PATIENCE_MS = 30_000;
/** Each waiting person has a connection; a request that finds none free waits on its own clock. */
const CONNECTIONS = 4_096;
const TELL_EVERY_MS = 500;
/** The answers of both, as far as they are looked at; a body of another shape proves nothing and stays unread. */
const answerSchema = z.object({
  id: z.string().optional(),
  expiresAt: z.string().optional(),
  code: z.string().optional(),
  success: z.unknown().optional(),
});

async function run(job: LoadJob): Promise<void> {
  const arrivals = JSON.parse(readFileSync(job.plan, "utf8")) as Arrival[];
  const ledger = createWriteStream(job.ledger, { mode: 0o600 });
  const counts: LoadCounts = { asked: 0, acked: 0, refused: 0, unknown: 0 };
  const tell = setInterval(() => process.send?.(counts), TELL_EVERY_MS);
  const running = new Set<Promise<void>>();
  // Nothing in this loop waits for an answer.
  for (const [n, arrival] of arrivals.entries()) {
    const intendedAt = job.startAt + arrival.atMs;
    if (intendedAt > Date.now()) await sleep(intendedAt - Date.now());
    counts.asked += 1;
    const sentAt = Date.now();
    const one = ask(job, arrival).then((answer) => {
      const entry = loadEntry(n, arrival, { intendedAt, sentAt, answeredAt: Date.now(), ...answer });
      counts[entry.outcome] += 1;
      ledger.write(`${JSON.stringify(entry)}\n`);
      running.delete(one);
    });
    running.add(one);
  }
  await Promise.all(running);
  clearInterval(tell);
  await new Promise<void>((resolve) => ledger.end(resolve));
  // Exits by name: the open connections would keep the process for a while.
  process.send?.(counts, () => process.exit(0));
}

const agent = new Agent({ connections: CONNECTIONS, connect: { timeout: PATIENCE_MS } });

/** No answer, a broken one, or one after our patience is over: all of them are "unknown". */
async function ask(job: LoadJob, arrival: Arrival): Promise<Answer & { expiresAt?: number }> {
  try {
    return await (arrival.via === "direct" ? askSeven(job, arrival) : askOtpost(job, arrival));
  } catch {
    return {};
  }
}

async function askOtpost({ otpost }: LoadJob, { to, text, validForMs, routes }: Arrival) {
  const { status, said } = await post(
    `${otpost.url}/v1/deliveries`,
    { authorization: `Bearer ${otpost.apiKey}` },
    { to, text, purpose: "login", validForMs, ...(routes ? { routes } : {}) },
  );
  const { id, expiresAt, code: problem } = said;
  return { status, id, problem, ...(expiresAt === undefined ? {} : { expiresAt: Date.parse(expiresAt) }) };
}

/** One call and no more, as most drivers make it. Source: docs.seven.io, sms: HTTP 200 for every code, 100 is success. */
async function askSeven({ seven }: LoadJob, { to, text }: Arrival): Promise<Answer> {
  const headers = { "x-api-key": seven.apiKey, accept: "application/json" };
  const { status, said } = await post(`${seven.url}/api/sms`, headers, { to, text });
  return { status: status === 200 && String(said.success) !== "100" ? 422 : status };
}

async function post(url: string, headers: Record<string, string>, body: object) {
  const response = await request(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
    dispatcher: agent,
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await response.body.text();
  const read = answerSchema.safeParse(text.startsWith("{") ? JSON.parse(text) : {});
  return { status: response.statusCode, said: read.success ? read.data : {} };
}

process.once("message", (message) => void run(jobSchema.parse(message)));
// The tether let go of the channel, which is all that keeps this process alive until its job comes.
process.channel?.ref();
// The schedule begins after this, so that the start of this process delays nothing.
process.send?.({ asked: 0, acked: 0, refused: 0, unknown: 0 } satisfies LoadCounts);
