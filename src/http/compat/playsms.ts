import { purposeOf } from "../../core/message.ts";
import type { Accepted, AcceptRequest } from "../../flows/accept.ts";
import type { Clock } from "../../flows/ports.ts";
import { json } from "../answer.ts";
import { type ClientAuth, userAndPassword } from "../auth.ts";
import { createBudget } from "../budget.ts";
import { recipientOf, textContent, VALID_DEFAULT_MS } from "../delivery-request.ts";
import { delivered } from "../intake.ts";
import { ApiError, type ProblemCode, type Refusal, refusalHeaders, statusOf } from "../problem.ts";
import type { Route } from "../route.ts";

/**
 * The front end that a stock Nextcloud speaks to: playSMS' web service, operation `pv`.
 * Source: nextcloud/twofactor_gateway, playSMS driver (0.20 to main): GET with everything in the query; any
 * status below 400 is success and the body is never read, so every refusal here is 400 or above.
 */
export type PlaysmsDeps = {
  clock: Clock;
  auth: ClientAuth;
  accept: (request: AcceptRequest) => Promise<Accepted>;
  sandbox: boolean;
};

export function playsms(deps: PlaysmsDeps): Route["handle"] {
  return async (c, trace) => {
    const query = parameters(c.req.url);
    requireOperation(query);
    const budget = createBudget(deps.clock);
    const client = await deps.auth.check(
      c,
      userAndPassword(query.get("u") ?? "", query.get("h") ?? ""),
      budget,
    );
    trace.clientId = client.id;
    const content = textContent(required(query, "msg"));
    const recipient = recipientOf(required(query, "to"), client);
    const request: AcceptRequest = {
      client,
      recipient,
      content,
      purpose: purposeOf(content),
      validForMs: VALID_DEFAULT_MS,
      reference: undefined,
      routes: undefined,
      idempotencyKey: undefined,
      fingerprint: JSON.stringify([recipient, content.text]),
    };
    const { id } = delivered(await budget.spend(deps.accept(request)), trace);
    return json(200, {
      data: [{ status: "OK", error: "0", smslog_id: id, queue: id, to: recipient }],
      error_string: null,
      timestamp: Math.floor(deps.clock.now() / 1000),
      ...(deps.sandbox ? { sandbox: true } : {}),
    });
  };
}

/** @throws ApiError when a name occurs twice: which one counts would be a matter of taste */
function parameters(url: string): URLSearchParams {
  const start = url.indexOf("?");
  const query = new URLSearchParams(start < 0 ? "" : url.slice(start));
  if (new Set(query.keys()).size !== query.size) {
    throw new ApiError("invalid_request", "A parameter occurs twice.");
  }
  return query;
}

/** Checked before the key, as playSMS does; it gives nothing away. */
function requireOperation(query: URLSearchParams): void {
  if (query.get("app") === "ws" && query.get("op") === "pv") return;
  throw new ApiError("unknown_operation", "Only app=ws with op=pv is offered.");
}

/** Empty and absent are the same to a driver that joins strings. */
function required(query: URLSearchParams, name: "to" | "msg"): string {
  const value = query.get(name)?.trim() ?? "";
  if (value !== "") return value;
  throw new ApiError(
    name === "to" ? "invalid_recipient" : "invalid_text",
    `The parameter ${name} is empty.`,
    {
      field: name,
    },
  );
}

/** playSMS' own numbers for our reasons. Source: playSMS, web/plugin/core/webservices. */
const NUMBERS: Partial<Record<ProblemCode, string>> = {
  unauthorized: "100",
  too_many_failures: "100",
  unknown_operation: "101",
  invalid_request: "102",
  invalid_recipient: "201",
  invalid_text: "201",
};
/** "Send failed", for whatever playSMS has no number for: limits, full lines, a store that is away. */
const SEND_FAILED = "200";

/** Where our own words would name parts of a request that this front end does not have. */
const SENTENCES: Partial<Record<ProblemCode, string>> = {
  unauthorized: "Send the id of a client as u, and its key or the secret part of it as h.",
};

/**
 * playSMS' own error shape. Nextcloud ignores the body, other playSMS clients show `error_string` to a person.
 */
export function playsmsRefusal(refusal: Refusal): Response {
  const { code, detail } = refusal;
  const [error, sentence] = [NUMBERS[code] ?? SEND_FAILED, SENTENCES[code] ?? detail];
  return json(statusOf(code), { status: "ERR", error, error_string: sentence }, refusalHeaders(refusal));
}
