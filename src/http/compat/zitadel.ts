import { createHash, createHmac } from "node:crypto";
import { z } from "zod";
import { sameSecret } from "../../platform/secret.ts";
import { json } from "../answer.ts";
import type { Credentials, Signature } from "../auth.ts";
import { parseJsonBody } from "../json-body.ts";
import { ApiError, problemResponse, type ProblemCode, type Refusal } from "../problem.ts";
import { pathKey } from "./credentials.ts";
import type { DoorRequest } from "./door-request.ts";
import type { Ask, FrontEnd } from "./front-end.ts";
import { wordsOf } from "./words.ts";

/**
 * Zitadel's HTTP SMS provider. Source: zitadel/zitadel, internal/notification/types (payload, with the first
 * letter of every argument made small) and pkg/actions/signing.go; it waits for 5 s and takes any 2xx. Versions
 * from before there was a signing key have the key of the client in the address.
 */
export const zitadel: FrontEnd = {
  name: "zitadel",
  bases: ["/compat/zitadel/:client", "/compat/key/:key/zitadel"],
  calls: [{ methods: ["POST"], path: "", sends: true, bodyMaxBytes: 64 * 1024, ask: asked }],
  refuse,
};

/** `oTP` is what became of the argument OTP. */
const CODES = ["code", "oTP", "otp"] as const;

const bodySchema = z.object({
  contextInfo: z.object({ recipientPhoneNumber: z.string(), eventType: z.string().optional() }),
  templateData: z.object({ text: z.string().optional() }).optional(),
  args: z.record(z.string(), z.unknown()).optional(),
});

/** More than the payload has; `args` may hold lists. */
const DEPTH_MAX = 16;

function asked(request: DoorRequest): Ask {
  const { to, text, code, isPhoneCheck } = read(request.body);
  const words = wordsOf(text, code, request.query("locale"));
  return {
    kind: "send",
    ...proof(request),
    to,
    ...words,
    purpose: isPhoneCheck ? "enrolment" : "login",
    yes: ({ id, sandbox }) => json(200, { id, ...(sandbox ? { sandbox: true } : {}) }),
  };
}

function read(body: Uint8Array) {
  const parsed = bodySchema.safeParse(parseJsonBody(body, DEPTH_MAX));
  if (!parsed.success)
    throw new ApiError("invalid_request", "The body is not that of Zitadel's SMS provider.");
  const { contextInfo, templateData, args = {} } = parsed.data;
  const code = CODES.map((name) => args[name]).find((value) => typeof value === "string");
  return {
    to: contextInfo.recipientPhoneNumber,
    text: templateData?.text?.trim() ?? "",
    code: typeof code === "string" ? code : "",
    isPhoneCheck: contextInfo.eventType === "user.human.phone.code.added",
  };
}

type Proof = { credentials: Credentials | undefined } | { signature: Signature; once: string };

function proof(request: DoorRequest): Proof {
  const clientId = request.param("client");
  if (clientId === undefined) return { credentials: pathKey(request) };
  const { at, signatures } = signatureOf(request.header("zitadel-signature") ?? "");
  return {
    signature: {
      clientId,
      scheme: "zitadel",
      holds: (key, now) => {
        const expected = createHmac("sha256", key).update(`${at}.`).update(request.body).digest("hex");
        const fits = signatures.filter((signature) => sameSecret(signature, expected)).length > 0;
        return fits && Math.abs(now - Number(at) * 1_000) <= TOLERANCE_MS;
      },
    },
    once: `zitadel-${createHash("sha256").update(`${at}.`).update(request.body).digest("hex")}`,
  };
}

const TOLERANCE_MS = 300_000;
/** Two keys while one takes the other's place; each costs a comparison before anything is known. */
const SIGNATURES_MAX = 8;

/** `t=<unix s>,v1=<hex>`, several v1 while keys are exchanged. What is malformed fits no key. */
function signatureOf(header: string): { at: string; signatures: string[] } {
  const parts = header.split(",").map((part) => part.trim());
  const valuesOf = (name: string) => parts.filter((p) => p.startsWith(name)).map((p) => p.slice(name.length));
  const [at = "", ...more] = valuesOf("t=");
  const isWhole = /^\d{1,12}$/.test(at) && more.length === 0;
  return { at, signatures: isWhole ? valuesOf("v1=").slice(0, SIGNATURES_MAX) : [] };
}

const SENTENCES: Partial<Record<ProblemCode, string>> = {
  unauthorized: "The signature does not hold: give this client the signing key by otpost clients signing.",
};

function refuse(refusal: Refusal, _c: unknown, { requestId }: { requestId: string }): Response {
  return problemResponse({ ...refusal, detail: SENTENCES[refusal.code] ?? refusal.detail }, requestId);
}
