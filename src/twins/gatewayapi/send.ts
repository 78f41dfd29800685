import { randomUUID } from "node:crypto";
import type { GatewayApiAct } from "../behaviour.ts";
import { brokenAnswer, type TwinContext } from "../breakage.ts";
import type { Faults } from "../faults.ts";
import type { Ledger } from "../ledger.ts";
import type { createSilentQueue } from "../pace.ts";
import { magicRow } from "../magic.ts";
import type { GatewayApiMessage } from "./plan.ts";
import { type Letter, letterOf, onlyRecipient } from "./rules.ts";

/** EUR per message. A round figure: no price is known to us. */
const PRICE_EUR = 0.05;
/** Five days. The real default is unconfirmed, so callers should always name one. */
const DEFAULT_VALIDITY_S = 432_000;

export type SendDeps = {
  ledger: Ledger;
  faults: Faults;
  queue: ReturnType<typeof createSilentQueue>;
  newId: () => number;
  plan: (message: GatewayApiMessage) => Promise<unknown> | undefined;
};

/**
 * A refusal. That it comes with a 4xx and a hexadecimal `code` is a cautious guess after the codes that
 * reports carry; the words are ours.
 */
export function refusal(c: TwinContext, status: 400 | 401 | 403 | 422, code: string): Response {
  return c.json({ code, message: "The message was not taken.", incident_uuid: randomUUID() }, status);
}

/** Check, decide and write down, wait for the disk, answer; what spoils the answer comes last. */
export async function answerSend(deps: SendDeps, c: TwinContext): Promise<Response> {
  const letter = letterOf(await c.req.text());
  const recipient = letter && onlyRecipient(letter);
  if (!letter || recipient === undefined) return refusal(c, 400, "0x0001");
  const act = actFor(recipient, deps.faults);
  if (act.act === "refuse") {
    deps.ledger.note({ provider: "gatewayapi", event: "refused", recipient, reason: act.code });
    return refusal(c, act.status, act.code);
  }
  if (act.act === "break" && !act.accepted) return brokenAnswer(c, act.how);
  const message = await accept(deps, letter, recipient, act);
  await deps.plan(message);
  await deps.faults.pause();
  if (act.act === "break") return brokenAnswer(c, act.how);
  return c.json({ ids: [Number(message.providerMessageId)] });
}

/** The number's magic, else the run's dice. A row that does not name GatewayAPI is none of its business. */
function actFor(recipient: string, faults: Faults): GatewayApiAct {
  const row = faults.script().magic ? magicRow(recipient) : undefined;
  if (row !== undefined) return row.gatewayapi ?? { act: "send", reports: "normal" };
  if (faults.balance() < faults.price(recipient, PRICE_EUR))
    return { act: "refuse", status: 403, code: "0x0002" };
  const fault = faults.roll();
  if (fault === undefined) return { act: "send", reports: faults.plan(recipient) };
  if (fault.kind === "refuse") return { act: "refuse", status: 422, code: "0x0003" };
  return { act: "break", how: fault.how, accepted: fault.accepted };
}

/** Everything that later reports depend on is fixed here, so a changed script leaves old messages alone. */
async function accept(
  { ledger, faults, queue, newId }: SendDeps,
  letter: Letter,
  recipient: string,
  act: GatewayApiAct,
): Promise<GatewayApiMessage> {
  const { ratePerSecond, reportDelayMs, lateMs, ttlScale } = faults.script();
  const now = Date.now();
  const cost = faults.price(recipient, PRICE_EUR);
  const ttlMs = (letter.validity_period ?? DEFAULT_VALIDITY_S) * 1_000;
  const { entry, durable } = ledger.append(
    {
      provider: "gatewayapi",
      event: "accepted",
      channel: "sms",
      recipient,
      sender: letter.sender,
      text: letter.message,
      userref: letter.userref,
      callbackUrl: letter.callback_url || undefined,
      cost,
      handOverAt: queue.enter(now, ratePerSecond),
      providerMessageId: String(newId()),
      ttlMs,
      reports: act.act === "send" ? act.reports : "normal",
      ...(act.act === "break" ? { broken: act.how } : {}),
      reportDelayMs,
      lateMs,
      ttlEndAt: now + ttlMs * ttlScale,
    },
    now,
  );
  await durable;
  faults.spend(cost);
  return entry;
}
