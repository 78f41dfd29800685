import { VALID_MAX_MS, VALID_MIN_MS } from "../delivery-request.ts";
import { parseKey, userAndPassword } from "../auth.ts";
import { ApiError } from "../problem.ts";
import { authorization } from "./credentials.ts";
import type { DoorRequest } from "./door-request.ts";
import type { Fields } from "./fields.ts";
import type { Ask, FrontEnd } from "./front-end.ts";
import { balanceAnswer, isJsonWanted, isOn, refuse, sendAnswer } from "./seven-answer.ts";
import { journalAnswer, statusAnswer } from "./seven-journal.ts";

/**
 * seven.io's own API as far as codes need it, for its clients whose address can be set. Below `/api` as well,
 * for those that let only the host be chosen. Source: docs.seven.io and seven's clients; the current Nextcloud
 * driver wants code 100, older ones any status below 400, so refusals carry both a code and an error status.
 */
export const seven: FrontEnd = {
  name: "seven",
  bases: ["/compat/seven", ""],
  calls: [
    { methods: ["GET", "POST"], path: "/api/sms", sends: true, ask: askedToSend },
    { methods: ["GET", "POST"], path: "/api/balance", ask: askedForBalance },
    { methods: ["GET"], path: "/api/journal/outbound", ask: askedForJournal },
    { methods: ["GET", "POST"], path: "/api/status", ask: askedForStatus },
  ],
  refuse,
};

const MINUTE_MS = 60_000;

function askedToSend(request: DoorRequest): Ask {
  const fields = request.fields();
  refuseUnable(fields);
  const shape = { asJson: isJsonWanted(request, fields), withId: isOn(fields, "return_msg_id") };
  return {
    kind: "send",
    credentials: credentials(request, fields),
    to: fields.text("to"),
    text: fields.text("text"),
    validForMs: lifeOf(fields),
    reference: fields.text("foreign_id") || undefined,
    listed: true,
    yes: (sent) => sendAnswer(sent, fields.text("from"), shape),
  };
}

/** What would change the message and is not done here must not be passed over in silence. */
function refuseUnable(fields: Fields): void {
  const unable = ["delay", "udh", "files"].find((name) => fields.text(name) !== "");
  if (unable) throw new ApiError("invalid_request", `${unable} is not offered; leave it out.`);
}

/** seven counts `ttl` in minutes; a code lives one to ten of them. */
function lifeOf(fields: Fields): number | undefined {
  const ttl = fields.text("ttl");
  if (!/^\d{1,9}$/.test(ttl)) return undefined;
  return Math.min(VALID_MAX_MS, Math.max(VALID_MIN_MS, Number(ttl) * MINUTE_MS));
}

function askedForBalance(request: DoorRequest): Ask {
  const fields = request.fields();
  const asJson = isJsonWanted(request, fields);
  const yes: Extract<Ask, { kind: "balance" }>["yes"] = (balance) => balanceAnswer(balance, asJson);
  return { kind: "balance", credentials: credentials(request, fields), yes };
}

function askedForJournal(request: DoorRequest): Ask {
  const fields = request.fields();
  const proof = { credentials: credentials(request, fields) };
  const [id, to] = [fields.text("id"), fields.text("to")];
  if (id === "") return { ...proof, kind: "list", to, yes: (found) => journalAnswer(found, fields) };
  const yes: Extract<Ask, { kind: "look" }>["yes"] = (found) =>
    journalAnswer(
      found.filter((delivery) => delivery !== undefined),
      fields,
    );
  return { ...proof, kind: "look", ids: [id], yes };
}

/** Ids of one call; seven's own bound is not documented. */
const IDS_MAX = 100;

function askedForStatus(request: DoorRequest): Ask {
  const fields = request.fields();
  const ids = fields.text("msg_id").split(",");
  if (ids.length > IDS_MAX) throw new ApiError("invalid_request", `Ask for ${IDS_MAX} messages at most.`);
  const asJson = isJsonWanted(request, fields);
  return {
    kind: "look",
    credentials: credentials(request, fields),
    ids: ids.map((id) => id.trim()),
    yes: (found) => statusAnswer(ids, found, asJson),
  };
}

/** A whole key in each of seven's places, or user and password. Source: docs.seven.io, authentication. */
function credentials(request: DoorRequest, fields: Fields) {
  const [user, key] = [fields.text("u"), fields.text("p")];
  return (
    parseKey(request.header("x-api-key")) ??
    authorization(request) ??
    (user === "" ? parseKey(key) : userAndPassword(user, key))
  );
}
