import { randomBytes } from "node:crypto";
import type { SendOutcome } from "../../core/outcome.ts";
import { readSevenAnswer } from "../../providers/seven-answer.ts";
import { euros } from "./budget.ts";
import { type LiveDeps, LiveFault, type Measured, mayCost, type Sent } from "./session.ts";
import { bodyOf } from "./shape.ts";
import type { Heard, SmsBody } from "./wire.ts";

const TTL_MINUTES = 10;

/** The message that all else is about. @throws LiveFault where it was not taken, or nobody knows */
export async function firstSend(deps: LiveDeps, signing: Measured["signing"]): Promise<Sent> {
  const sms = smsOf(deps);
  await mayCost(deps, "Send one message to your number");
  const heard = await deps.wire.send(sms, signing.kind === "tested" && signing.taken);
  const outcome = heard && readSevenAnswer(heard.body);
  if (!heard || outcome?.kind !== "accepted") throw notTaken(deps, heard, outcome);
  const isSandbox = String(bodyOf(heard)["debug"]) === "true";
  deps.budget.spend(isSandbox ? 0 : outcome.cost?.micros);
  const by = isSandbox ? " by a sandbox key: nothing was sent" : "";
  deps.say(`Taken in ${heard.tookMs} ms${by}. Spent so far: ${euros(deps.budget.spentMicros())}.`);
  return { heard, sms, messageId: outcome.providerMessageId, isSandbox, at: deps.elapsed() };
}

/** Letters alone: nobody takes it for a code, and no two tries have the same text. */
function smsOf({ to, reference, sender }: LiveDeps): SmsBody {
  const word = [...randomBytes(8)].map((byte) => String.fromCodePoint(97 + (byte % 26))).join("");
  const text = `otpost doctor: a test of this number, nothing to do. ${word}`;
  const from = sender === undefined ? {} : { from: sender };
  return { to, text, foreign_id: reference, ttl: TTL_MINUTES, ...from };
}

function notTaken(
  { budget }: LiveDeps,
  heard: Heard | undefined,
  outcome: SendOutcome | undefined,
): LiveFault {
  // In doubt it was sent, and paid.
  if (!outcome) budget.spend(undefined);
  const said = outcome?.providerCode ?? (heard ? `HTTP ${heard.status}` : "no answer");
  return new LiveFault(`The message was not taken (${said}): nothing more is tried, nothing was written`);
}
