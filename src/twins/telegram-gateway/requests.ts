import type { Ledger } from "../ledger.ts";
import { statusAt, updatedAt } from "./plan.ts";
import type { DeliveryStatus, TelegramMessage } from "./plan.ts";

/** Requests that can still be asked about; older ones fall out so that a bench can run for long. */
const KEPT_REQUESTS = 200_000;
/** Decimal strings of 15 digits, as seen live. */
const FIRST_ID = 400_000_000_000_001;

export type VerificationStatus = "code_valid" | "code_invalid" | "code_max_attempts_exceeded" | "expired";

/** One request id: a check that was billed, a message, or both. */
export type GatewayRequest = {
  id: string;
  /** Digits without a plus. */
  recipient: string;
  /** USD. */
  cost: number;
  message: TelegramMessage | undefined;
  verification: { status: VerificationStatus; updatedAt: number; entered: string | undefined } | undefined;
  wrongCodes: number;
  revokedAt: number | undefined;
};

export type Requests = ReturnType<typeof createRequests>;

/** The provider's memory. Starts with what an earlier run wrote to the ledger. */
export function createRequests(ledger: Ledger) {
  const byId = new Map<string, GatewayRequest>();
  let nextId = FIRST_ID;
  const open = (id: string, recipient: string, cost: number): GatewayRequest => {
    const blank = { message: undefined, verification: undefined, wrongCodes: 0, revokedAt: undefined };
    const request = { id, recipient, cost, ...blank };
    byId.set(id, request);
    if (byId.size > KEPT_REQUESTS) byId.delete(byId.keys().next().value ?? "");
    return request;
  };
  // A check and the send under its id are two entries of one request.
  for (const entry of ledger.since(0)) {
    if (entry.provider !== "telegram-gateway" || (entry.event !== "accepted" && entry.event !== "checked"))
      continue;
    const { providerMessageId: id, recipient, cost } = entry;
    const request = byId.get(id) ?? open(id, recipient, cost);
    if (entry.event === "accepted") request.message = entry;
    nextId = Math.max(nextId, Number(id) + 1);
  }
  return {
    newId: () => String(nextId++),
    open,
    find: (id: string) => byId.get(id),
    forget: (id: string) => byId.delete(id),
    reset: () => byId.clear(),
  };
}

/** The documented object; its optional fields are there only when there is something to say. */
export type RequestStatus = {
  request_id: string;
  phone_number: string;
  request_cost: number;
  is_refunded?: true;
  remaining_balance?: number;
  delivery_status?: { status: DeliveryStatus; updated_at: number };
  verification_status?: { status: VerificationStatus; updated_at: number; code_entered?: string };
  payload?: string;
};

/** @param status overrides what the time of day would say, for a report of an earlier step. */
export function toStatus(request: GatewayRequest, at: number, status?: DeliveryStatus): RequestStatus {
  const { message } = request;
  const said: RequestStatus = {
    request_id: request.id,
    phone_number: request.recipient,
    request_cost: request.cost,
  };
  if (message !== undefined) {
    const now = status ?? deliveryOf(request, message, at);
    if (now === "expired") said.is_refunded = true;
    said.delivery_status = { status: now, updated_at: updatedAt(message, now, at) };
    if (message.payload !== undefined) said.payload = message.payload;
  }
  if (request.verification !== undefined) said.verification_status = verificationOf(request.verification);
  return said;
}

/** A revoke freezes the message where it was: what was delivered stays delivered. */
export function deliveryOf(request: GatewayRequest, message: TelegramMessage, at: number): DeliveryStatus {
  if (request.revokedAt === undefined) return statusAt(message, at);
  const before = statusAt(message, request.revokedAt);
  return before === "sent" ? "revoked" : before;
}

/** `code_entered` is there only if somebody entered one. */
function verificationOf({
  status,
  updatedAt: changedAt,
  entered,
}: NonNullable<GatewayRequest["verification"]>) {
  const said = { status, updated_at: Math.floor(changedAt / 1_000) };
  return entered === undefined ? said : { ...said, code_entered: entered };
}
