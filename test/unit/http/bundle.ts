import { createMemoryRefusals } from "../../support/memory-states.ts";
import type { Delivery } from "../../../src/core/delivery.ts";
import type { Report } from "../../../src/core/report.ts";
import type { Accepted, AcceptRequest } from "../../../src/flows/accept.ts";
import type { Client, Stored } from "../../../src/flows/ports.ts";
import type { SigningScheme } from "../../../src/flows/signer-port.ts";
import type { ReportReader } from "../../../src/flows/report-port.ts";
import { createPublicApp, type PublicDeps } from "../../../src/http/app.ts";
import type { Alert } from "../../../src/http/reports.ts";
import type { AnsweredRequest } from "../../../src/http/route.ts";

export const NOW = Date.UTC(2026, 0, 5, 10, 0, 0);
export const ID = "0198c0de-0000-7000-8000-000000000001";
export const KEY = "cloud.s3cr3t-of-cloud";
export const TOKEN = "5e2b1c0de5e2b1c0de5e2b1c0de5e2b1";
export const CODE = "482913";
export const NUMBER = "+4917100000000";

export const cloud: Client = { id: "cloud", name: "Cloud", region: "DE", consents: {} };
/** Two of each, as while one takes the other's place. */
export const SIGNING_KEYS = {
  zitadel: ["zitadel-signing-key-one", "zitadel-signing-key-two"],
  supabase: [32, 33].map((byte) => `whsec_${Buffer.alloc(32, byte).toString("base64")}`),
} satisfies Record<SigningScheme, string[]>;
const other: Client = { id: "other", name: "Other", region: undefined, consents: {} };

export function aDelivery(more: Partial<Delivery> = {}): Delivery {
  return {
    id: ID,
    clientId: "cloud",
    purpose: "login",
    recipientMasked: "+49*********00",
    createdAt: NOW,
    expiresAt: NOW + 300_000,
    plan: ["seven-sms", "telegram-gateway"],
    skipped: [],
    state: "queued",
    attempts: [],
    ...more,
  };
}

/** What a caller said of a delivery after it was taken on. */
export type Word = { say: "again" | "verified" | "wrong" | "cancel"; id: string };

export function aBundle(more: Partial<PublicDeps> = {}) {
  const accepted: AcceptRequest[] = [];
  const reports: { provider: string; report: Report }[] = [];
  const answered: AnsweredRequest[] = [];
  const faults: unknown[] = [];
  const alerts: Alert[] = [];
  const words: Word[] = [];
  const noted: { clientId: string; id: string; recipient: string }[] = [];
  const clock = { at: NOW, now: () => clock.at, elapsed: () => performance.now() };
  const deps: PublicDeps = {
    clock,
    clients: {
      authenticate: async (id, secret) =>
        [cloud, other].find((client) => client.id === id && secret === `s3cr3t-of-${id}`),
    },
    signers: {
      find: async (id, scheme) =>
        id === cloud.id ? { client: cloud, keys: SIGNING_KEYS[scheme] } : undefined,
    },
    accept: async (request): Promise<Accepted> => {
      accepted.push(request);
      return { kind: "accepted", delivery: aDelivery({ clientId: request.client.id }), repeated: false };
    },
    load: async (id): Promise<Stored | undefined> =>
      id === ID ? { delivery: aDelivery(), version: 1 } : undefined,
    journal: {
      note: async (clientId, id, recipient) => void noted.push({ clientId, id, recipient }),
      list: async (clientId, recipient) =>
        noted
          .filter((n) => n.clientId === clientId && (recipient ?? n.recipient) === n.recipient)
          .map((n) => n.id),
    },
    refusals: createMemoryRefusals(),
    balance: async () => ({ micros: 41_250_000, currency: "EUR" }),
    rules: { closeAfterMs: 60_000 },
    sendAgain: async ({ delivery }) => {
      words.push({ say: "again", id: delivery.id });
      return "underway";
    },
    tellOutcome: async ({ delivery }, verified) => {
      words.push({ say: verified ? "verified" : "wrong", id: delivery.id });
      return verified ? "verified" : "noted";
    },
    cancel: async ({ delivery }) => {
      words.push({ say: "cancel", id: delivery.id });
      return "stopped";
    },
    newestLogin: async (clientId, recipient) =>
      clientId === "cloud" && recipient === NUMBER ? ID : undefined,
    enqueueReport: async (entry) => void reports.push(entry),
    reportReaders: [reader],
    reportTokens: new Map([["seven", [TOKEN]]]),
    publicUrl: "https://otp.example.org/hooks",
    readiness: async () => ({ ready: true, checks: { redis: { ok: true, ms: 1.4 } } }),
    sandbox: false,
    trustedProxies: [],
    version: "1.2.3",
    fraction: () => 0.5,
    requestId: () => "t-1",
    onRequest: (request) => void answered.push(request),
    onFault: (error) => void faults.push(error),
    onAlert: (alert) => void alerts.push(alert),
    ...more,
  };
  return {
    app: createPublicApp(deps),
    deps,
    clock,
    accepted,
    reports,
    answered,
    faults,
    alerts,
    words,
    noted,
  };
}

/** Reads `status=<word>` from query or body; `bad` has a wrong signature, `none` is an event of another kind. */
const reader: ReportReader = {
  provider: "seven",
  read: ({ query, body, header, url, pathAndQuery }) => {
    const form = query.size > 0 ? query : new URLSearchParams(Buffer.from(body).toString());
    const said = form.get("status");
    if (header("x-signature") === "bad") return { kind: "unauthentic" };
    if (said === null) return { kind: "malformed", reason: "no status" };
    if (said === "none") return { kind: "reports", reports: [] };
    const shown = said === "url" ? `${url} ${pathAndQuery}` : said;
    return {
      kind: "reports",
      reports: [
        {
          status: "delivered",
          said: shown,
          providerMessageId: "77",
          reference: undefined,
          reportedAt: undefined,
        },
      ],
    };
  },
};

export function aRequest(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

export type Answer = { status: number; headers: Headers; body: Record<string, unknown>; raw: string };

export async function read(pending: Response | Promise<Response>): Promise<Answer> {
  const response = await pending;
  const raw = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return {
    status: response.status,
    headers: response.headers,
    raw,
    body: isJson && raw !== "" ? (JSON.parse(raw) as Record<string, unknown>) : {},
  };
}
