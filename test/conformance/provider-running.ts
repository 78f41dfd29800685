import { onTestFinished } from "vitest";
import type { Message } from "../../src/flows/ports.ts";
import type { ConfiguredProvider, RunningProvider } from "../../src/providers/provider.ts";
import { startFaultyServer, type FaultyServer, type Reply } from "../support/faulty-server.ts";
import { freeTurns } from "../support/free-turns.ts";
import { CODE, REFERENCE, REPORT_URL, TO, type ProviderBench } from "./provider-bench.ts";

const CALL_TIMEOUT_MS = 400;
export const NOW = Date.UTC(2026, 0, 5, 9, 0, 0);

export function answer(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return { kind: "answer", status, body, headers };
}

export function canaries(bench: ProviderBench): string[] {
  return [...bench.secrets, CODE, TO.slice(1), encodeURIComponent(TO)];
}

export function message({ carried }: ProviderBench): Message {
  return { to: TO, content: carried, reference: REFERENCE, validForMs: 300_000 };
}

export const alive = () => new AbortController().signal;

export function deps(callTimeoutMs = CALL_TIMEOUT_MS) {
  return {
    clock: { now: () => NOW },
    reportUrl: REPORT_URL,
    proxy: undefined,
    callTimeoutMs,
    turns: freeTurns,
  };
}

export function configuredIn(bench: ProviderBench, baseUrl: string): ConfiguredProvider {
  const configured = bench.definition.configure(bench.env(baseUrl));
  if (configured.kind !== "ready") throw new Error(`${bench.definition.name} is ${configured.kind}`);
  return configured.provider;
}

export async function aServer(reply: Reply): Promise<FaultyServer> {
  const server = await startFaultyServer(reply);
  onTestFinished(server.close);
  return server;
}

export async function running(
  bench: ProviderBench,
  reply: Reply = bench.http?.accept ?? { kind: "reset" },
  callTimeoutMs = CALL_TIMEOUT_MS,
  port?: number,
): Promise<{ provider: RunningProvider; server: FaultyServer }> {
  const server = await aServer(reply);
  const url = port === undefined ? server.url : `http://127.0.0.1:${port}`;
  const provider = configuredIn(bench, url).create(deps(callTimeoutMs));
  onTestFinished(provider.close);
  return { provider, server };
}
