import { createHash, randomInt } from "node:crypto";
import type { TelegramAct } from "../behaviour.ts";
import { brokenAnswer } from "../breakage.ts";
import type { TwinContext } from "../breakage.ts";
import type { Faults } from "../faults.ts";
import type { Ledger } from "../ledger.ts";
import type { Flood } from "./flood.ts";
import { magicRow } from "../magic.ts";
import { text } from "../params.ts";
import type { Params } from "../params.ts";
import { toStatus } from "./requests.ts";
import type { GatewayRequest, Requests } from "./requests.ts";
import { phoneOf, sendFault } from "./rules.ts";

/** USD per code. Source: Telegram Gateway, price list. */
const COST_USD = 0.01;
/** The real default is unconfirmed, so callers should always name one. */
const DEFAULT_TTL_S = 600;
const DEFAULT_CODE_DIGITS = 6;

/** The account's memory and what follows an accept. */
export type SendDeps = {
  ledger: Ledger;
  faults: Faults;
  requests: Requests;
  flood: Flood;
  plan: (request: GatewayRequest) => Promise<unknown> | undefined;
};

/** A refusal comes with HTTP 200: only `ok` tells. */
export const refusal = (c: TwinContext, error: string) => c.json({ ok: false, error });

/** Check, decide and write down, wait for the disk, answer; what spoils the answer comes last. */
export async function sendMessage(deps: SendDeps, c: TwinContext, params: Params): Promise<Response> {
  const phone = phoneOf(params);
  if (phone === undefined) return refuse(deps, c, params, "PHONE_NUMBER_INVALID");
  const checked = deps.requests.find(text(params, "request_id") ?? "");
  const cost = checked === undefined ? COST_USD : 0;
  const act = actFor(phone, deps.faults);
  const refused = sendFault(params) ?? requestFault(params, phone, checked);
  const fault = refused ?? accountFault(deps, act, cost);
  if (fault !== undefined) return refuse(deps, c, params, fault);
  if (act.act === "break" && !act.accepted) return brokenAnswer(c, act.how);
  const request = await accept(deps, params, { phone, cost, checked, act });
  await deps.plan(request);
  await deps.faults.pause();
  if (act.act === "break") return brokenAnswer(c, act.how);
  // A live send said 0 on a funded account; only a check tells the truth.
  return c.json({ ok: true, result: { ...toStatus(request, Date.now(), "sent"), remaining_balance: 0 } });
}

/** Bills one message as soon as the answer is yes, whether or not anything is sent later. */
export async function checkAbility(deps: SendDeps, c: TwinContext, params: Params): Promise<Response> {
  const { ledger, faults, requests } = deps;
  const phone = phoneOf(params);
  if (phone === undefined) return refuse(deps, c, params, "PHONE_NUMBER_INVALID");
  const act = actFor(phone, faults);
  const fault = actFault(act, faults, COST_USD);
  if (fault !== undefined) return refuse(deps, c, params, fault);
  if (act.act === "break" && !act.accepted) return brokenAnswer(c, act.how);
  faults.spend(COST_USD);
  const id = requests.newId();
  const bill = { event: "checked", recipient: phone, providerMessageId: id, cost: COST_USD } as const;
  await ledger.append({ provider: "telegram-gateway", ...bill }).durable;
  const request = requests.open(id, phone, COST_USD);
  return c.json({
    ok: true,
    result: { ...toStatus(request, Date.now()), remaining_balance: faults.balance() },
  });
}

function refuse({ ledger }: SendDeps, c: TwinContext, params: Params, reason: string): Response {
  const recipient = phoneOf(params) ?? text(params, "phone_number") ?? "";
  ledger.note({ provider: "telegram-gateway", event: "refused", recipient, reason });
  return refusal(c, reason);
}

/** A request id must come from a check of the same number and serves for one send. */
function requestFault(
  params: Params,
  phone: string,
  checked: GatewayRequest | undefined,
): string | undefined {
  if (text(params, "request_id") === undefined) return undefined;
  if (checked === undefined) return "REQUEST_ID_INVALID";
  if (checked.recipient !== phone) return "PHONE_NUMBER_MISMATCH";
  return checked.message === undefined ? undefined : "MESSAGE_ALREADY_SENT";
}

/** What is asked last, since a message that the flood limit lets through counts. */
function accountFault(deps: SendDeps, act: TelegramAct, cost: number): string | undefined {
  return actFault(act, deps.faults, cost) ?? floodFault(deps, act);
}

/** Why the number or the account is refused, if it is. */
function actFault(act: TelegramAct, faults: Faults, cost: number): string | undefined {
  if (act.act === "refuse") return act.error;
  return act.act === "send" && faults.balance() < cost ? "BALANCE_NOT_ENOUGH" : undefined;
}

function floodFault({ flood, faults }: SendDeps, act: TelegramAct): string | undefined {
  if (act.act === "break" && !act.accepted) return undefined;
  return flood.enter(Date.now(), faults.script().floodPerSecond) ? undefined : "FLOOD_WAIT_1";
}

/** The number's magic, else whether it is on Telegram at all, else the run's dice. */
function actFor(phone: string, faults: Faults): TelegramAct {
  const script = faults.script();
  const row = script.magic ? magicRow(phone) : undefined;
  if (row !== undefined) return row.telegram;
  if (!isReached(phone, script.reach)) return { act: "refuse", error: "PHONE_NUMBER_NOT_AVAILABLE" };
  const fault = faults.roll();
  if (fault === undefined) return { act: "send", reports: faults.plan(phone) };
  if (fault.kind === "refuse") return { act: "refuse", error: script.refuseError };
  return { act: "break", how: fault.how, accepted: fault.accepted };
}

/** By hash, so that the same numbers have Telegram in every run and process. */
export function isReached(phone: string, reach: number): boolean {
  if (reach >= 1) return true;
  return createHash("sha256").update(phone).digest().readUInt32BE(0) / 2 ** 32 < reach;
}

/** What the checks before found out. */
type Accepting = { phone: string; cost: number; checked: GatewayRequest | undefined; act: TelegramAct };

/** Writes the message down; without a disk there is no message. */
async function accept(
  { ledger, faults, requests }: SendDeps,
  params: Params,
  { phone, cost, checked, act }: Accepting,
): Promise<GatewayRequest> {
  const { reportDelayMs, lateMs, ttlScale } = faults.script();
  const now = Date.now();
  const ttlMs = Number(text(params, "ttl") ?? DEFAULT_TTL_S) * 1_000;
  const request = checked ?? requests.open(requests.newId(), phone, cost);
  const { entry, durable } = ledger.append(
    {
      provider: "telegram-gateway",
      event: "accepted",
      channel: "telegram",
      recipient: phone,
      code: text(params, "code") ?? generateCode(Number(text(params, "code_length") ?? DEFAULT_CODE_DIGITS)),
      payload: text(params, "payload"),
      callbackUrl: text(params, "callback_url") || undefined,
      cost,
      providerMessageId: request.id,
      ttlMs,
      reports: act.act === "send" ? act.reports : "normal",
      reportDelayMs,
      lateMs,
      ttlEndAt: now + ttlMs * ttlScale,
      ...(act.act === "break" ? { broken: act.how } : {}),
    },
    now,
  );
  // Set before the disk is awaited, so that a racing second send under this id is refused.
  request.message = entry;
  try {
    await durable;
  } catch (error) {
    request.message = undefined;
    throw error;
  }
  faults.spend(cost);
  return request;
}

/** With `code_length` the code is Telegram's; the caller learns it only through a check. */
function generateCode(digits: number): string {
  return String(randomInt(10 ** digits)).padStart(digits, "0");
}
