import { json } from "../answer.ts";
import { parseKey } from "../auth.ts";
import { problemResponse, type ProblemCode, type Refusal } from "../problem.ts";
import { authorization } from "./credentials.ts";
import type { DoorRequest } from "./door-request.ts";
import { firstText } from "./fields.ts";
import type { Ask, FrontEnd } from "./front-end.ts";
import { wordsOf } from "./words.ts";

/**
 * privacyIDEA and eduMFA, SMS gateway of the class HttpSMSProvider. Source: privacyidea/privacyidea and
 * eduMFA/eduMFA, lib/smsprovider/HttpSMSProvider.py: GET, form or JSON with parameters that the administrator
 * names; only 200, 201 and 202 are success; it waits for 3 s. Its text is the bare code unless a policy says more.
 */
export const privacyidea: FrontEnd = {
  name: "privacyidea",
  bases: ["/compat/privacyidea"],
  calls: [{ methods: ["GET", "POST"], path: "", sends: true, ask: asked }],
  refuse,
};

function asked(request: DoorRequest): Ask {
  const fields = request.fields();
  const text = firstText(fields, ["text", "message", "otp", "sms"]);
  return {
    kind: "send",
    credentials: authorization(request) ?? parseKey(fields.text("key")),
    to: firstText(fields, ["to", "phone", "recipient"]),
    ...wordsOf(text, "", request.query("locale")),
    purpose: "login",
    yes: ({ id, sandbox }) => json(200, { id, ...(sandbox ? { sandbox: true } : {}) }),
  };
}

const SENTENCES: Partial<Record<ProblemCode, string>> = {
  unauthorized: "Set USERNAME to the id of the client and PASSWORD to its key.",
};

function refuse(refusal: Refusal, _c: unknown, { requestId }: { requestId: string }): Response {
  return problemResponse({ ...refusal, detail: SENTENCES[refusal.code] ?? refusal.detail }, requestId);
}
