import { exchange, type WireAnswer } from "./wire.ts";
import type { Target } from "./nextcloud.ts";

/** What the stand-ins for identity providers have in common. */

export type Verdict = "sent" | "refused" | "timed out";

export type Sender = {
  name: string;
  door: string;
  send: (target: Target, to: string, code: string) => Promise<Verdict>;
  /** The text that a person is sent. */
  says: (code: string) => string;
};

export type Written = { method: string; path: string; headers: Record<string, string>; body?: string };

export function post(target: Target, { method, path, headers, body = "" }: Written): Promise<WireAnswer> {
  const all = { Host: `127.0.0.1:${target.port}`, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return exchange(
    target.port,
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`),
  );
}

export async function within(ms: number, verdict: () => Promise<Verdict>): Promise<Verdict> {
  const startedAt = performance.now();
  const reached = await verdict();
  return performance.now() - startedAt > ms ? "timed out" : reached;
}
