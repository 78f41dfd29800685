import { onTestFinished } from "vitest";
import { startTwin } from "../../../src/twins/serve.ts";
import type { RunningTwin, TwinOptions } from "../../../src/twins/serve.ts";
import type { TwinKind } from "../../../src/twins/ledger-entry.ts";

export async function aTwin(kind: TwinKind, options: TwinOptions = {}): Promise<RunningTwin> {
  const twin = await startTwin(kind, options);
  onTestFinished(twin.close);
  return twin;
}

export type Answer = { status: number; headers: Headers; body: string };

/** A form call to seven, as JSON caller with a key unless told otherwise. */
export async function seven(
  { url }: { url: string },
  path: string,
  fields: Record<string, string> | string = {},
  headers: Record<string, string> = { accept: "application/json", "x-api-key": "key" },
  method = "POST",
): Promise<Answer> {
  const form = typeof fields === "string" ? fields : new URLSearchParams(fields).toString();
  const query = method === "GET" && form !== "" ? `?${form}` : "";
  const body = method === "GET" ? null : form;
  const type = typeof fields === "string" ? "application/json" : "application/x-www-form-urlencoded";
  const typed = method === "GET" ? headers : { "content-type": type, ...headers };
  const answer = await fetch(`${url}/api/${path}${query}`, { method, headers: typed, body });
  return { status: answer.status, headers: answer.headers, body: await answer.text() };
}

export const get = (twin: { url: string }, path: string, fields: Record<string, string> = {}) =>
  seven(twin, path, fields, undefined, "GET");

export async function telegram(
  { url }: { url: string },
  method: string,
  fields: Record<string, unknown>,
  token = "TEST_TOKEN",
) {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/${method}`, { method: "POST", headers, body: JSON.stringify(fields) });
  return {
    status: answer.status,
    body: (await answer.json()) as Record<string, unknown> & { result: Record<string, unknown> },
  };
}

export async function eventually(check: () => void | Promise<void>, withinMs = 3_000): Promise<void> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
