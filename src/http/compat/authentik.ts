import { json, text } from "../answer.ts";
import { type ProblemCode, type Refusal, refusalHeaders, statusOf } from "../problem.ts";
import { authorization } from "./credentials.ts";
import type { DoorRequest } from "./door-request.ts";
import { firstText } from "./fields.ts";
import type { Ask, FrontEnd } from "./front-end.ts";
import { wordsOf } from "./words.ts";

/**
 * authentik's SMS stage with the generic provider. Source: goauthentik/authentik, authenticator_sms/models.py:
 * JSON with From, To, Body (the bare code) and since 2026 Message (the text), or whatever a webhook mapping
 * returns instead. From 400 on it failed, and the person who logs in is shown our body as it is.
 */
export const authentik: FrontEnd = {
  name: "authentik",
  bases: ["/compat/authentik"],
  calls: [{ methods: ["POST"], path: "", sends: true, ask: asked }],
  refuse,
};

function asked(request: DoorRequest): Ask {
  const fields = request.fields();
  return {
    kind: "send",
    credentials: authorization(request),
    to: firstText(fields, ["To", "to"]),
    ...wordsOf(
      firstText(fields, ["Message", "message", "text"]),
      firstText(fields, ["Body", "body", "code", "token"]),
      request.query("locale") ?? (fields.text("locale") || undefined),
    ),
    purpose: "login",
    yes: ({ id, sandbox }) => json(200, { id, ...(sandbox ? { sandbox: true } : {}) }),
  };
}

/** For a person at a login page, who can do nothing about keys. */
const SENTENCES: Partial<Record<ProblemCode, string>> = {
  unauthorized: "The code could not be sent: authentik is not known to the SMS service.",
};

function refuse(refusal: Refusal): Response {
  const sentence = SENTENCES[refusal.code] ?? refusal.detail;
  return text(statusOf(refusal.code), sentence, refusalHeaders(refusal));
}
