import { createHash } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { z } from "zod";
import { json } from "../answer.ts";
import type { Signature } from "../auth.ts";
import { parseJsonBody } from "../json-body.ts";
import { ApiError, problemResponse, type ProblemCode, type Refusal } from "../problem.ts";
import type { DoorRequest } from "./door-request.ts";
import type { Ask, FrontEnd } from "./front-end.ts";

/**
 * Supabase Auth (GoTrue), send_sms hook. Source: supabase/auth, internal/hooks/hookshttp: a Standard Webhook
 * that must be answered with 200 and JSON within 5 s. It tries 429 and 503 again, at once and up to three times,
 * if there is a Retry-After; each try has an id and a signature of its own, so it is a repeat by its content.
 */
export const supabase: FrontEnd = {
  name: "supabase",
  bases: ["/compat/supabase/:client"],
  calls: [{ methods: ["POST"], path: "", sends: true, bodyMaxBytes: 256 * 1024, ask: asked }],
  refuse,
};

const bodySchema = z.object({
  user: z.object({ phone: z.string().nullish(), new_phone: z.string().nullish() }).nullish(),
  sms: z.object({ otp: z.string(), phone: z.string().nullish() }),
});

/** `user` holds what the site's own programs keep there. */
const DEPTH_MAX = 64;

function asked(request: DoorRequest): Ask {
  const parsed = bodySchema.safeParse(parseJsonBody(request.body, DEPTH_MAX));
  if (!parsed.success) throw new ApiError("invalid_request", "The body is not that of a send_sms hook.");
  const { user, sms } = parsed.data;
  return {
    kind: "send",
    ...proof(request),
    to: international(numberOf(user ?? {}, sms.phone ?? "")),
    code: sms.otp,
    locale: request.query("locale"),
    purpose: "login",
    yes: () => json(200, {}),
  };
}

/**
 * Older versions do not say which number is meant while one is being changed, and a code for the new number
 * that goes to the old one would prove what nobody has.
 */
function numberOf(
  { phone, new_phone: next }: { phone?: string | null | undefined; new_phone?: string | null | undefined },
  named: string,
): string {
  if (named !== "") return named;
  if (next && next !== phone) {
    const detail = "Two numbers are known and none is named; bring Supabase Auth up to date.";
    throw new ApiError("invalid_recipient", detail);
  }
  return phone ?? "";
}

/** It keeps numbers in E.164 without the plus sign. */
function international(number: string): string {
  return /^[1-9]\d{6,14}$/.test(number) ? `+${number}` : number;
}

function proof({ header, param, body }: DoorRequest): { signature: Signature; once: string } {
  const names = ["webhook-id", "webhook-timestamp", "webhook-signature"] as const;
  const headers = Object.fromEntries(names.map((name) => [name, header(name) ?? ""]));
  const [id, at] = [headers["webhook-id"], headers["webhook-timestamp"]];
  return {
    signature: {
      clientId: param("client") ?? "",
      scheme: "supabase",
      holds: (key) => isVerified(key, Buffer.from(body), headers),
    },
    once: `supabase-${createHash("sha256").update(`${id}.${at}.`).update(body).digest("hex")}`,
  };
}

/** The library looks at the clock itself: 300 s, both ways. */
function isVerified(key: string, body: Buffer, headers: Record<string, string>): boolean {
  try {
    new Webhook(key).verify(body, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}

/** Nobody is shown them; they are for whoever tries the hook by hand. */
const SENTENCES: Partial<Record<ProblemCode, string>> = {
  unauthorized: "The signature does not hold: give this client the hook's secret by otpost clients signing.",
};

function refuse(refusal: Refusal, _c: unknown, { requestId }: { requestId: string }): Response {
  return problemResponse({ ...refusal, detail: SENTENCES[refusal.code] ?? refusal.detail }, requestId);
}
