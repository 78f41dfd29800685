import type { Delivery } from "../../core/delivery.ts";
import type { Cost } from "../../core/outcome.ts";
import { json } from "../answer.ts";
import { userAndPassword } from "../auth.ts";
import { ApiError, type ProblemCode, type Refusal, refusalHeaders, statusOf } from "../problem.ts";
import type { Fields } from "./fields.ts";
import type { Ask, FrontEnd, Sent } from "./front-end.ts";

/**
 * What a stock Nextcloud speaks to best: playSMS' web service. Source: nextcloud/twofactor_gateway, playSMS
 * driver (0.20 to main): GET with everything in the query; any status below 400 is success and the body is
 * never read, so every refusal here is 400 or above. Other clients may use POST, which keeps keys out of URLs.
 */
export const playsms: FrontEnd = {
  name: "playsms",
  bases: ["/compat/playsms"],
  calls: ["", "/index.php"].map((path) => ({
    methods: ["GET", "POST"],
    path,
    sends: true,
    ask: ({ fields }) => asked(fields()),
  })),
  refuse,
};

/** The operation is looked at before the key, as playSMS does; it gives nothing away. */
function asked(fields: Fields): Ask {
  const operation = fields.text("app") === "ws" ? fields.text("op") : "";
  const credentials = userAndPassword(fields.text("u"), fields.text("h"));
  switch (operation) {
    case "pv":
      return { kind: "send", credentials, ...message(fields), yes: sendAnswer };
    case "ds":
      return { kind: "look", credentials, ids: [messageId(fields)], yes: ([found]) => statusAnswer(found) };
    case "cr":
      return { kind: "balance", credentials, yes: creditAnswer };
    default:
      throw new ApiError("unknown_operation", "Only app=ws with op=pv, op=ds or op=cr is offered.");
  }
}

function message(fields: Fields): { to: string; text: string } {
  if (fields.text("schedule") !== "") {
    throw new ApiError("invalid_request", "A code cannot be scheduled; leave schedule out.");
  }
  return { to: required(fields, "to"), text: required(fields, "msg") };
}

function required(fields: Fields, name: "to" | "msg"): string {
  const value = fields.text(name);
  if (value !== "") return value;
  const code = name === "to" ? "invalid_recipient" : "invalid_text";
  throw new ApiError(code, `The parameter ${name} is empty.`, { field: name });
}

/** Both names were given the same id when the message was taken. */
function messageId(fields: Fields): string {
  const id = fields.text("smslog_id") || fields.text("queue");
  if (id !== "") return id;
  throw new ApiError("invalid_request", "Name one message by smslog_id.", { field: "smslog_id" });
}

function sendAnswer({ id, recipient, at, sandbox }: Sent): Response {
  return json(200, {
    data: [{ status: "OK", error: "0", smslog_id: id, queue: id, to: recipient }],
    error_string: null,
    timestamp: Math.floor(at / 1000),
    ...(sandbox ? { sandbox: true } : {}),
  });
}

/** playSMS' four: 0 pending, 1 sent, 2 failed, 3 delivered. Source: playSMS, tblSMSOutgoing.p_status. */
const STATUSES: Record<Delivery["state"], string> = {
  queued: "0",
  sending: "0",
  sent: "1",
  unconfirmed: "1",
  failed: "2",
  expired: "2",
  cancelled: "2",
  delivered: "3",
  verified: "3",
};

/** Text and number stay here: the text holds a code, and whoever asks for an id knows whom it was for. */
function statusAnswer(found: Delivery | undefined): Response {
  if (!found) throw new ApiError("not_found", "This client has no message with this smslog_id.");
  const { id, state, recipientMasked, createdAt, endedAt } = found;
  const [dt, update] = [playsmsTime(createdAt), playsmsTime(endedAt ?? createdAt)];
  const row = { smslog_id: id, src: "", dst: recipientMasked, msg: "", dt, update, status: STATUSES[state] };
  return json(200, { data: [row], error_string: null });
}

/** In UTC, for playSMS has a time zone for each user. */
function playsmsTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}

function creditAnswer({ micros }: Cost): Response {
  const credit = (micros / 1_000_000).toFixed(2);
  return json(200, { status: "OK", error: "0", credit, error_string: null });
}

/** playSMS' own numbers for our reasons. Source: playSMS, docs of its web services. */
const NUMBERS: Partial<Record<ProblemCode, string>> = {
  unauthorized: "100",
  too_many_failures: "100",
  unknown_operation: "101",
  invalid_request: "102",
  invalid_recipient: "201",
  invalid_text: "201",
  blocked: "201",
  country: "201",
  number_type: "201",
  not_found: "400",
};
/** "Send failed", for whatever playSMS has no number for: limits, full lines, a store that is away. */
const SEND_FAILED = "200";

/** Where our own words would name parts of a request that this front end does not have. */
const SENTENCES: Partial<Record<ProblemCode, string>> = {
  unauthorized: "Send the id of a client as u, and its key or the secret part of it as h.",
};

/** playSMS' own error shape. Nextcloud ignores the body, other clients show `error_string` to a person. */
function refuse(refusal: Refusal): Response {
  const { code, detail } = refusal;
  const [error, sentence] = [NUMBERS[code] ?? SEND_FAILED, SENTENCES[code] ?? detail];
  return json(statusOf(code), { status: "ERR", error, error_string: sentence }, refusalHeaders(refusal));
}
