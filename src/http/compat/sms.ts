import { json } from "../answer.ts";
import { parseKey } from "../auth.ts";
import { problemResponse, type ProblemCode, type Refusal } from "../problem.ts";
import { authorization } from "./credentials.ts";
import type { FrontEnd, Sent } from "./front-end.ts";

/** For everything that can call an address with a number and a text: monitoring, scripts, other gateways. */
export const sms: FrontEnd = {
  name: "sms",
  bases: ["/compat/sms"],
  calls: [
    {
      methods: ["GET", "POST"],
      path: "",
      sends: true,
      ask: (request) => {
        const fields = request.fields();
        return {
          kind: "send",
          credentials: authorization(request) ?? parseKey(fields.text("key")),
          to: fields.text("to"),
          text: fields.text("text"),
          yes: sendAnswer,
        };
      },
    },
  ],
  refuse,
};

function sendAnswer({ id, sandbox }: Sent): Response {
  return json(200, { id, ...(sandbox ? { sandbox: true } : {}) });
}

const SENTENCES: Partial<Record<ProblemCode, string>> = {
  unauthorized: "Send a key of a client as Bearer token, by Basic authentication or as the parameter key.",
};

function refuse(refusal: Refusal, _c: unknown, { requestId }: { requestId: string }): Response {
  return problemResponse({ ...refusal, detail: SENTENCES[refusal.code] ?? refusal.detail }, requestId);
}
