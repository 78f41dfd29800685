import { randomInt } from "node:crypto";
import type { SendOutcome } from "../../core/outcome.ts";
import { maskMsisdn, type Msisdn } from "../../core/phone.ts";
import type { Message } from "../../flows/ports.ts";
import type { ProviderDeps } from "../provider.ts";
import { httpProvider, messageValues } from "./provider.ts";
import { bindRequest } from "./request.ts";
import type { HttpFile } from "./schema.ts";
import { boundText, type ReadEnv } from "./template.ts";

/** What would be sent, fit for a screen. */
export type Preview = { method: string; url: string; headers: Record<string, string>; body: string };

/** Shown in place of what only a real message has. */
const SAMPLE_NUMBER = "+49**********";
const SAMPLE_REFERENCE = "00000000-0000-7000-8000-000000000000-1";
const SAMPLE_REPORT_URL = "https://<your PUBLIC_URL>/reports/<name>/<token>";
const SAMPLE_TEXT = "<code> is your verification code.";
const VALID_FOR_MS = 300_000;

/**
 * The request that the file makes of a message. Secrets cannot show: the environment's values are not read,
 * their names stand in their places.
 */
export function previewHttpProvider(file: HttpFile, env: ReadEnv, to: Msisdn | undefined): Preview {
  const named: ReadEnv = (name) => `[${name}]`;
  const request = bindRequest(file.send, { kind: "none" }, named);
  const sender = file.sender === undefined ? undefined : boundText(file.sender, env);
  const shown = (to === undefined ? SAMPLE_NUMBER : maskMsisdn(to)) as Msisdn;
  const message = { to: shown, content: { code: undefined, text: SAMPLE_TEXT }, reference: SAMPLE_REFERENCE };
  const own = { sender, reportUrl: SAMPLE_REPORT_URL };
  const values = messageValues({ ...message, validForMs: VALID_FOR_MS }, file.validity, own);
  // A template may ask for a number, which no asterisk can be part of.
  const toDigits = shown.slice(1).replaceAll("*", "0");
  const { method, path, headers, body = "" } = request({ ...values, toDigits });
  return {
    method,
    url: `${boundText(file.baseUrl, env) ?? ""}${path}`.replaceAll(/%5B([A-Z0-9_]+)%5D/g, "[$1]"),
    headers: { ...headers, ...authPreview(file.auth) },
    body,
  };
}

/** Out of the file's text: the real header is never built for the screen. */
function authPreview(auth: HttpFile["auth"]): Record<string, string> {
  switch (auth.kind) {
    case "none":
      return {};
    case "header":
      return { [auth.name.toLowerCase()]: auth.value.replaceAll(/\$\{(\w+)\}/g, "[$1]") };
    case "basic":
      return { authorization: `Basic ${auth.user}:${auth.password}`.replaceAll(/\$\{(\w+)\}/g, "[$1]") };
  }
}

/** Sends one message with a made-up code and says what it proved. It costs what a message costs. */
export async function sendTrial(
  file: HttpFile,
  env: ReadEnv,
  to: Msisdn,
  { reference, deps }: { reference: string; deps: ProviderDeps },
): Promise<SendOutcome> {
  const provider = httpProvider(file, env).create(deps);
  const code = String(randomInt(100_000, 1_000_000));
  const text = `${code} is a test code of otpost.`;
  const message: Message = { to, content: { code, text }, reference, validForMs: VALID_FOR_MS };
  try {
    return await provider.send(message, new AbortController().signal);
  } finally {
    await provider.close();
  }
}
