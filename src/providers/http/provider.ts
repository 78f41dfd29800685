import { countSegments } from "../../core/message.ts";
import { isMsisdn } from "../../core/phone.ts";
import type { Message } from "../../flows/ports.ts";
import { outcomeOfCall } from "../answer-outcome.ts";
import { createCaller } from "../call.ts";
import {
  type ConfiguredProvider,
  MAX_WAIT_MS,
  type ProviderDeps,
  type RunningProvider,
} from "../provider.ts";
import { baseUrl } from "../settings.ts";
import { readHttpAnswer } from "./answer.ts";
import { placesOf } from "./places.ts";
import { createLookUp, createStatus } from "./records.ts";
import { createHttpReports } from "./reports.ts";
import { bindRequest } from "./request.ts";
import type { HttpFile } from "./schema.ts";
import { boundText, type ReadEnv, templateOf, type Values } from "./template.ts";

const MINUTE_S = 60;

/** An SMS route out of a file that was read and checked before. The environment is read here, once. */
export function httpProvider(file: HttpFile, env: ReadEnv): ConfiguredProvider {
  const { name, route = name, account = name, channel, silenceMs, rate, reports } = file;
  const secrets = reports ? signatureSecrets(reports.signature, env) : [];
  const create = senderOf(file, env);
  return {
    name,
    rules: {
      id: route,
      channel,
      provider: name,
      account,
      perSecond: rate.perSecond,
      maxWaitMs: MAX_WAIT_MS,
      reach: 1,
      silenceMs,
      canLookUp: file.lookUp !== undefined,
      canReadStatus: file.status !== undefined,
      reports: "push",
      lockMs: 0,
      needsConsent: false,
    },
    lane: rate,
    create,
    ...(showsSender(file) ? { senderFault } : {}),
    ...(reports ? { reports: () => createHttpReports(name, reports, secrets) } : {}),
  };
}

/** What every network takes. Source: 3GPP TS 23.040, 9.1.2.5: 11 characters, or a number of E.164. */
function senderFault(sender: string): string | undefined {
  const isFit = /^(\+?\d{1,15}|[A-Za-z0-9/ .\-@_!()+$,&]{1,11})$/.test(sender);
  return isFit ? undefined : "must be up to 11 letters and digits or up to 15 digits";
}

function showsSender(file: HttpFile): boolean {
  return placesOf(file).some(
    ({ at, text }) =>
      at.startsWith("/send/") && templateOf(text).some((p) => p.kind === "value" && p.name === "sender"),
  );
}

/** Several secrets with commas, so that one can be replaced while both are in use. */
function signatureSecrets(
  signature: NonNullable<HttpFile["reports"]>["signature"],
  env: ReadEnv,
): readonly string[] {
  if (signature.kind === "none") return [];
  const list = boundText(signature.secret, env) ?? "";
  return list
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

/** Everything that can be prepared is, so that a call only fills templates and reads rules. */
function senderOf(file: HttpFile, env: ReadEnv): (deps: ProviderDeps) => RunningProvider {
  const url = baseUrl.parse(boundText(file.baseUrl, env));
  const sender = file.sender === undefined ? undefined : boundText(file.sender, env);
  const send = bindRequest(file.send, file.auth, env);
  const lookUp = file.lookUp && bindRequest(file.lookUp, file.auth, env);
  const status = file.status && bindRequest(file.status, file.auth, env);
  return ({ clock, proxy, callTimeoutMs, reportUrl }) => {
    const caller = createCaller({ baseUrl: url, proxy, callTimeoutMs });
    return {
      carries: ({ text }) => isCarried(text, file),
      send: async (message, signal) => {
        if (!isMsisdn(message.to)) return { kind: "refused", reason: "recipient_invalid" };
        const own = { sender: message.sender ?? sender, reportUrl };
        const values = messageValues(message, file.validity, own);
        const result = await caller.call(send(values), signal);
        return outcomeOfCall(result, clock.now(), (body, code) => readHttpAnswer(file.send, body, code));
      },
      ...(file.lookUp && lookUp ? { lookUp: createLookUp(caller, file.lookUp, lookUp) } : {}),
      ...(file.status && status ? { status: createStatus(caller, file.status, status) } : {}),
      close: caller.close,
    };
  };
}

/** Asked when the plan is made: a route that cannot carry the text leaves it, and the timeline says so. */
function isCarried(text: string, { textMax, charset }: HttpFile): boolean {
  if (text === "" || text.length > textMax) return false;
  return charset === "any" || countSegments(text).encoding === "gsm-7";
}

/** A provider that takes no shorter life than some bound would refuse the message otherwise. */
export function messageValues(
  { to, content, reference, validForMs }: Message,
  validity: HttpFile["validity"],
  own: { sender: string | undefined; reportUrl: string | undefined },
): Values {
  const wished = Math.max(1, Math.ceil(validForMs / 1_000));
  const seconds = validity ? Math.min(validity.maxSeconds, Math.max(validity.minSeconds, wished)) : wished;
  return {
    to,
    toDigits: to.slice(1),
    text: content.text,
    reference,
    validForSeconds: seconds,
    validForMinutes: Math.ceil(seconds / MINUTE_S),
    ...(own.sender === undefined ? {} : { sender: own.sender }),
    ...(own.reportUrl === undefined ? {} : { reportUrl: own.reportUrl }),
  };
}
