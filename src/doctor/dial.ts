import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";

export type Question = {
  method: "GET" | "POST";
  /** Below the address that is examined, with its query. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
};

export type Reply = {
  status: number;
  headers: IncomingMessage["headers"];
  httpVersion: string;
  body: string;
  /** From the first packet to the last, connection included. */
  tookMs: number;
};

export type Failure = { failed: string };

export type Ask = (question: Question) => Promise<Reply | Failure>;

/** Where a connection to an address really goes; differs from it in tests only. */
export type Place = { host: string; port: number };

/** Nextcloud itself waits 30 s; what takes that long is of no use to anybody at a login page. */
const ANSWER_TIMEOUT_MS = 10_000;
const BODY_MAX_BYTES = 64 * 1024;

/** What web application firewalls and proxies will see. Source: nextcloud/server 33, Http Client. */
const USER_AGENT = "Nextcloud-Server-Crawler/33.0.0";

/**
 * Calls an address as Nextcloud's HTTP client does: pinned to one place, no redirect followed. A certificate
 * that does not hold is let through, for another check judges it and this one sees behind it.
 */
export function createAsk(url: URL, place: Place): { ask: Ask; close: () => void } {
  const isTls = url.protocol === "https:";
  const agent = isTls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const servername = isIP(url.hostname) === 0 && !url.hostname.startsWith("[") ? url.hostname : undefined;
  const tlsOptions = { rejectUnauthorized: false, ...(servername === undefined ? {} : { servername }) };
  const base = url.pathname.replace(/\/+$/, "");
  const ask: Ask = async ({ method, path, headers = {}, body = "" }) => {
    const options = {
      ...place,
      method,
      path: base + path,
      agent,
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      headers: {
        host: url.host,
        "user-agent": USER_AGENT,
        ...headers,
        ...(method === "POST" ? { "content-length": String(Buffer.byteLength(body)) } : {}),
      },
    };
    const startedAt = performance.now();
    try {
      const call = isTls ? httpsRequest({ ...options, ...tlsOptions }) : httpRequest(options);
      return { ...(await replyOf(call, body)), tookMs: Math.round(performance.now() - startedAt) };
    } catch (error) {
      return { failed: reasonOf(error) };
    }
  };
  return { ask, close: () => agent.destroy() };
}

function replyOf(call: ReturnType<typeof httpRequest>, body: string): Promise<Omit<Reply, "tookMs">> {
  return new Promise((resolve, reject) => {
    call.once("error", reject);
    call.once("response", (response) => {
      readBody(response).then((text) => {
        const { statusCode = 0, headers, httpVersion } = response;
        resolve({ status: statusCode, headers, httpVersion, body: text });
      }, reject);
    });
    call.end(body);
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > BODY_MAX_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.name === "TimeoutError" || error.name === "AbortError") {
    return `no answer within ${ANSWER_TIMEOUT_MS / 1_000} s`;
  }
  return "code" in error ? String(error.code) : error.name;
}
