import { json } from "../answer.ts";
import { parseKey } from "../auth.ts";
import { problemResponse, type ProblemCode, type Refusal } from "../problem.ts";
import { authorization } from "./credentials.ts";
import type { DoorRequest } from "./door-request.ts";
import type { Ask, FrontEnd } from "./front-end.ts";
import { wordsOf } from "./words.ts";

/**
 * Keycloak with the SMS authenticator of netzbegruenung. Source: netzbegruenung/keycloak-mfa-plugins,
 * ApiSmsService.java: form, JSON or GET with fields that the administrator names, and for JSON a receiver in a
 * template of its own, such as a list of one. Any 2xx is success; everything else is logged and nobody is told.
 */
export const keycloak: FrontEnd = {
  name: "keycloak",
  bases: ["/compat/keycloak"],
  calls: [{ methods: ["GET", "POST"], path: "", sends: true, ask: asked }],
  refuse,
};

function asked(request: DoorRequest): Ask {
  const fields = request.fields();
  return {
    kind: "send",
    credentials:
      authorization(request) ?? parseKey(request.header("authorization")) ?? parseKey(fields.text("token")),
    to: fields.text("to"),
    ...wordsOf(fields.text("text"), "", request.query("locale")),
    purpose: "login",
    yes: ({ id, sandbox }) => json(200, { id, ...(sandbox ? { sandbox: true } : {}) }),
  };
}

/** They end in Keycloak's log, next to the request. */
const SENTENCES: Partial<Record<ProblemCode, string>> = {
  unauthorized: "Set the API user to the id of the client and the API token to its key.",
  invalid_json:
    "The body is not valid JSON, as happens when the text holds quotation marks; send it as a form.",
};

function refuse(refusal: Refusal, _c: unknown, { requestId }: { requestId: string }): Response {
  return problemResponse({ ...refusal, detail: SENTENCES[refusal.code] ?? refusal.detail }, requestId);
}
