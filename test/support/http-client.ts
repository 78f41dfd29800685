import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "./eventually.ts";
import type { Ready } from "./service.ts";

export type Answer = { status: number; headers: Headers; text: string; json: Json; tookMs: number };
// Answers are asserted field by field; a wrong shape fails there.
export type Json = Record<string, unknown>;

export type DeliveryView = {
  id: string;
  state: string;
  late?: true;
  recipient: string;
  sandbox?: true;
  plan: string[];
  attempts: { number: number; route: string; state: string; why: string; detail?: string }[];
  timeline: { at: string; kind: string; text: string }[];
};

export type ApiClient = ReturnType<typeof createApiClient>;

const OPEN = new Set(["queued", "sending", "sent"]);

/** Calls a service as its users and operators do. */
export function createApiClient(
  ready: Pick<Ready, "publicUrl" | "operatorUrl" | "apiKey" | "operatorToken">,
) {
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    call(`${ready.publicUrl}/v1/deliveries`, {
      method: "POST",
      headers: { authorization: `Bearer ${ready.apiKey}`, "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const get = (id: string) =>
    call(`${ready.publicUrl}/v1/deliveries/${id}`, { headers: { authorization: `Bearer ${ready.apiKey}` } });
  const view = async (id: string): Promise<DeliveryView> => {
    const answer = await get(id);
    if (answer.status !== 200) throw new Error(`GET answered ${answer.status}: ${answer.text}`);
    return answer.json as unknown as DeliveryView;
  };
  const operator = (path: string, init: RequestInit = {}) =>
    call(`${ready.operatorUrl}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${ready.operatorToken}`,
        ...(init.headers as Record<string, string>),
      },
    });
  return {
    post,
    get,
    view,
    operator,
    /** @returns the id of an accepted delivery */
    send: async (body: object): Promise<string> => {
      const answer = await post(body);
      if (answer.status !== 202) throw new Error(`POST answered ${answer.status}: ${answer.text}`);
      return String(answer.json["id"]);
    },
    playsms: (query: Record<string, string>) =>
      call(
        `${ready.publicUrl}/compat/playsms?${new URLSearchParams({ app: "ws", op: "pv", u: ready.apiKey.split(".")[0]!, h: ready.apiKey, ...query }).toString()}`,
      ),
    until: (id: string, state: string, timeoutMs = 15_000) =>
      eventually(
        async () => {
          const seen = await view(id);
          if (seen.state !== state)
            throw new Error(`${id} is ${seen.state}: ${JSON.stringify(seen.timeline)}`);
          return seen;
        },
        { timeoutMs, everyMs: 50 },
      ),
    untilEnded: (id: string, timeoutMs = 60_000) =>
      eventually(
        async () => {
          const seen = await view(id);
          if (OPEN.has(seen.state))
            throw new Error(`${id} is ${seen.state}: ${JSON.stringify(seen.timeline)}`);
          return seen;
        },
        { timeoutMs, everyMs: 200 },
      ),
    metric: async (name: string): Promise<number | undefined> =>
      metricOf((await operator("/metrics")).text, name),
  };
}

export async function call(url: string, init: RequestInit = {}): Promise<Answer> {
  const startedAt = performance.now();
  const response = await fetch(url, { redirect: "manual", ...init });
  const text = await response.text();
  const tookMs = performance.now() - startedAt;
  return { status: response.status, headers: response.headers, text, json: parsed(text), tookMs };
}

function parsed(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}

/** Sum of the samples whose name and labels begin so. */
export function metricOf(text: string, start: string): number | undefined {
  const values = text
    .split("\n")
    .filter((line) => line.startsWith(start))
    .map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

/** Sends many with few at a time. A call that is not answered by 202 is made again: a caller would do so too. */
export async function sendMany(api: ApiClient, bodies: readonly object[], parallel = 24): Promise<string[]> {
  const ids: string[] = [];
  const queue = bodies.entries();
  const worker = async (): Promise<void> => {
    for (const [index, body] of queue) ids[index] = await sendOne(api, body);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return ids;
}

async function sendOne(api: ApiClient, body: object): Promise<string> {
  for (let tries = 0; ; tries++) {
    const answer = await api.post(body).catch(() => undefined);
    if (answer?.status === 202) return String(answer.json["id"]);
    const mayRepeat = answer === undefined || answer.status === 503;
    if (!mayRepeat || tries > 200) throw new Error(`POST answered ${answer?.status}: ${answer?.text}`);
    await sleep(100);
  }
}

/** Recipients without any magic ending. */
export function plainNumber(serial: number, group = 10): string {
  return `+4915${group}${String(serial).padStart(7, "0")}`;
}

export function bodiesFor(count: number, group: number, more: object = {}): object[] {
  return Array.from({ length: count }, (_, n) => ({
    to: plainNumber(n, group),
    code: String(100_000 + ((n * 7_919) % 900_000)),
    ...more,
  }));
}
