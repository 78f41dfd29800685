import type { ErrorShape } from "../behaviour.ts";
import type { TwinContext } from "../breakage.ts";
import { flag, readParams, text } from "../params.ts";
import type { Params } from "../params.ts";
import { verify } from "./signature.ts";

/** A call as every seven endpoint reads it. */
export type Call = {
  c: TwinContext;
  params: Params;
  raw: string;
  /** JSON by Accept header or by the old switch `json=1`; plain text otherwise. */
  wantsJson: boolean;
};

/** Who may call: settings of the account. */
export type CallerRules = {
  /** The only right key; undefined takes any key but none. */
  apiKey: string | undefined;
  signingKey: string | undefined;
  /** The account option "signing required" (901 for an unsigned call). */
  signingRequired: boolean;
};

/** Reads the body once; signature, parameters and the answer's form all need it. */
export async function readCall(c: TwinContext): Promise<Call> {
  const { params, raw } = await readParams(c);
  const accept = c.req.header("accept") ?? "";
  return { c, params, raw, wantsJson: accept.includes("application/json") || flag(params, "json") };
}

/** The code that turns the caller away before anything else is looked at. */
export function callerFault(call: Call, rules: CallerRules): "900" | "901" | undefined {
  const key = keyOf(call);
  if (key === undefined || key === "" || (rules.apiKey !== undefined && key !== rules.apiKey)) return "900";
  return signatureFault(call, rules) ? "901" : undefined;
}

/** "Basic" carries the raw key, not base64. Source: docs.seven.io, authentication. */
function keyOf({ c, params }: Call): string | undefined {
  const header = c.req.header("x-api-key");
  if (header !== undefined) return header;
  const [, value] = /^(?:Basic|Bearer) +(.+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  return value ?? text(params, "p");
}

/** A signature is optional, but one that is sent must be valid. */
function signatureFault({ c, raw }: Call, { signingKey, signingRequired }: CallerRules): boolean {
  const signature = c.req.header("x-signature");
  if (signature === undefined || signingKey === undefined) return signingRequired;
  return !verify(signingKey, signature, {
    timestamp: c.req.header("x-timestamp") ?? "",
    nonce: c.req.header("x-nonce") ?? "",
    method: c.req.method,
    url: c.req.url,
    body: raw,
  });
}

/** A bare code, always with HTTP 200. Source: php-client issues 5, 16, 19. */
export function codeAnswer({ c, wantsJson }: Call, code: string, shape: ErrorShape): Response {
  if (!wantsJson || shape === "bare")
    return c.body(code, 200, { "content-type": "text/html; charset=UTF-8" });
  if (shape === "quoted") return c.json(code);
  if (shape === "object") return c.json({ success: code });
  return c.json({
    success: false,
    error_code: Number(code),
    error_message: `The send failed with code ${code}.`,
  });
}

/** A parameter that breaks its documented rule; the form with `error_message` names it. */
export function ruleAnswer({ c, wantsJson }: Call, message: string): Response {
  if (!wantsJson) return c.body("400", 200);
  return c.json({ success: false, error_code: 400, error_message: message });
}
