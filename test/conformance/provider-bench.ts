import type { Content } from "../../src/core/message.ts";
import type { LookUp, SendOutcome } from "../../src/core/outcome.ts";
import type { Msisdn } from "../../src/core/phone.ts";
import type { Report } from "../../src/core/report.ts";
import type { StatusReading } from "../../src/flows/ports.ts";
import type { ReportRequest } from "../../src/flows/report-port.ts";
import type { Environment, ProviderDefinition } from "../../src/providers/provider.ts";
import type { Reply } from "../support/faulty-server.ts";
import type { FileDefinition } from "../support/provider-files.ts";

export const TO = "+4915198765432" as Msisdn;
export const CODE = "739154";
export const REFERENCE = "019a2b3c-4d5e-7f60-8a9b-0c1d2e3f4a5b-1";
export const REPORT_URL = "https://otp.example.com/reports/x/0123456789abcdef0123456789abcdef";

/** What a provider must bring along so that the suite can hold it. */
export type ProviderBench = {
  /** An entry of the registry, or a provider file. */
  definition: ProviderDefinition | FileDefinition;
  /** Settings that point it at `baseUrl`. Secrets in it must also stand in `secrets`. */
  env: (baseUrl: string) => Environment;
  secrets: readonly string[];
  carried: Content;
  notCarried: readonly Content[];
  /** Undefined for a provider that uses no network at all. */
  http:
    | {
        accept: Reply;
        providerMessageId: string;
        refusals: readonly { reply: Reply; outcome: SendOutcome }[];
        /** Bodies that look nearly like an acceptance. */
        nearlyAccepted: readonly string[];
        /** Its twin, or any second implementation of its interface. */
        startTwin?: () => Promise<{ url: string; accepted: () => number; close: () => Promise<void> }>;
      }
    | undefined;
  lookUp?: { found: Reply; providerMessageId: string; others: readonly { reply: Reply; found: LookUp }[] };
  /** Every case asks for the message whose id is `providerMessageId` and whose reference is REFERENCE. */
  status?: {
    providerMessageId: string;
    cases: readonly { reply: Reply; reading: StatusReading }[];
    /** Its twin, with one message sent to TO that has been delivered by the time it is asked for. */
    startTwin?: () => Promise<{ url: string; close: () => Promise<void> }>;
  };
  reports?: {
    genuine: readonly { request: ReportRequest; reports: readonly Report[] }[];
    /** Absent where nothing is signed. */
    forge?: (request: ReportRequest) => ReportRequest[];
  };
};

export function aReportRequest(given: {
  method?: string;
  url?: string;
  query?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}): ReportRequest {
  const { method = "POST", url = REPORT_URL, query = "", headers = {}, body = "" } = given;
  const { pathname, search } = new URL(url);
  const extra = query === "" ? "" : `${search === "" ? "?" : "&"}${query}`;
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method,
    url,
    pathAndQuery: pathname + search + extra,
    query: new URLSearchParams((search + extra).replace(/^\?/, "")),
    header: (name) => lower.get(name.toLowerCase()),
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
  };
}

/** The same request with other headers or another body. */
export function altered(
  request: ReportRequest,
  change: { header?: (name: string, value: string | undefined) => string | undefined; body?: string },
): ReportRequest {
  const { header, body } = change;
  return {
    ...request,
    ...(header ? { header: (name: string) => header(name, request.header(name)) } : {}),
    ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }),
  };
}
