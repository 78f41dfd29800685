import type { ErrorShape, SevenAct } from "../behaviour.ts";
import { brokenAnswer } from "../breakage.ts";
import { flag, text } from "../params.ts";
import { debugAnswer, smsAnswer, voiceAnswer } from "./answer.ts";
import { codeAnswer, ruleAnswer } from "./call.ts";
import type { Call } from "./call.ts";
import { measure } from "./encoding.ts";
import { actFor, judge, refuse } from "./judge.ts";
import type { JudgeDeps, Letter, Verdict } from "./judge.ts";
import type { SevenMessage } from "./plan.ts";
import { readRecipients } from "./recipient.ts";
import { delayedUntil, sendFault, ttlOf } from "./rules.ts";
import type { Channel } from "./rules.ts";

/** EUR per part and per call. Source: help.seven.io, SMS pricing; docs.seven.io, voice. */
const PRICE = { sms: 0.075, voice: 0.045 };
const DEFAULT_SENDER = "seven.io";
/** Codes that speak about the call or the account, not about a recipient: no `messages` in the answer. */
const CALL_WIDE = /^(?:30\d|401|500|9\d\d)$/;

export type SendDeps = JudgeDeps & {
  contacts: Record<string, readonly string[]>;
  /** Plans the reports of an accepted message; a promise has to be awaited before the answer. */
  plan: (message: SevenMessage) => Promise<unknown> | undefined;
};

/**
 * One send: parameters first, then what magic and script have in store before anything is taken. A list of
 * recipients is one call: a broken answer or a code for the call wins over what the others would get.
 */
export async function answerSend(deps: SendDeps, call: Call, channel: Channel): Promise<Response> {
  const fault = sendFault(call.params, channel);
  if (fault?.kind === "code") return refuseCall(deps, call, fault.code);
  if (fault?.kind === "rule") return ruleAnswer(call, fault.message);
  const letter = letterOf(call, channel);
  if (flag(call.params, "debug")) return debugAnswer(call, letter, deps.faults.balance());
  const recipients = readRecipients(text(call.params, "to") ?? "", deps.contacts);
  const acts = recipients.map((recipient) => actFor(recipient, deps.faults));
  const broken = acts.find((act) => act.act === "break");
  if (broken !== undefined && !broken.accepted) return brokenAnswer(call.c, broken.how);
  const whole = acts.find(refusesCall);
  if (whole !== undefined) return refuseCall(deps, call, whole.code, whole.shape);
  const verdicts = recipients.map((one, index) => judge(deps, letter, one, acts[index] as SevenAct));
  return settle(deps, call, letter, { verdicts, broken });
}

/**
 * What follows the decision, in the order that matters: disk, reports that overtake, delay, answer. What
 * spoils the answer comes last, so an accepted message is accepted even if nobody hears of it.
 */
async function settle(
  deps: SendDeps,
  call: Call,
  letter: Letter,
  { verdicts, broken }: { verdicts: Verdict[]; broken: (SevenAct & { act: "break" }) | undefined },
): Promise<Response> {
  const accepted = verdicts.filter((verdict) => verdict.kind === "accepted");
  await Promise.all(accepted.map(({ durable }) => durable));
  await Promise.all(accepted.map(async ({ message }) => deps.plan(message)));
  await deps.faults.pause();
  if (broken !== undefined) return brokenAnswer(call.c, broken.how);
  const code = codeOf(verdicts);
  const { errorShape, answer: fields } = deps.faults.script();
  if (CALL_WIDE.test(code) || (code !== "100" && errorShape !== "object"))
    return codeAnswer(call, code, errorShape);
  const answer = letter.channel === "sms" ? smsAnswer : voiceAnswer;
  return answer(call, letter, { code, verdicts, balance: deps.faults.balance(), fields });
}

/** A code for the whole call: its own kind, or a form that has no room for recipients. */
function refusesCall(act: SevenAct): act is SevenAct & { act: "refuse" } {
  if (act.act !== "refuse") return false;
  return CALL_WIDE.test(act.code) || (act.shape !== undefined && act.shape !== "object");
}

/** The whole call is turned away, so `to` is noted as it was written. */
function refuseCall(deps: SendDeps, call: Call, code: string, shape?: ErrorShape): Response {
  refuse(deps, text(call.params, "to") ?? "", code);
  return codeAnswer(call, code, shape ?? deps.faults.script().errorShape);
}

/** 100 for all, the recipient's own code if there is only one, 101 for a mix. */
function codeOf(verdicts: Verdict[]): string {
  const refused = verdicts.filter((verdict) => verdict.kind === "refused");
  const [first] = refused;
  if (first === undefined) return "100";
  const same = refused.every(({ code }) => code === first.code);
  return same && refused.length === verdicts.length && (verdicts.length === 1 || CALL_WIDE.test(first.code))
    ? first.code
    : "101";
}

/** The call's parameters with their defaults; checked before, so nothing can fail here. */
function letterOf({ params }: Call, channel: Channel): Letter {
  const body = text(params, "text") ?? "";
  const { parts } = measure(body);
  return {
    channel,
    sender: text(params, "from") || DEFAULT_SENDER,
    text: body,
    foreignId: text(params, "foreign_id"),
    label: text(params, "label"),
    ttlMs: ttlOf(params),
    price: channel === "sms" ? PRICE.sms * parts : PRICE.voice,
    notBefore: channel === "sms" ? delayedUntil(params) : 0,
    locked: !flag(params, "no_reload"),
  };
}
