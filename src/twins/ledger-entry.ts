import type { Breakage, ReportPlan } from "./behaviour.ts";

/** The twins there are. The name is the provider's, as in the registry of the service. */
export type TwinKind = "seven" | "telegram-gateway" | "gatewayapi";

type Accepted = {
  event: "accepted";
  /** Digits without a plus, or a contact's name where seven was given one. */
  recipient: string;
  providerMessageId: string;
  /** The code's lifetime at the provider; undefined where the caller named none. */
  ttlMs: number | undefined;
  /** What will be reported, fixed at the accept so that a restarted twin tells the same story. */
  reports: ReportPlan;
  reportDelayMs: number;
  lateMs: number;
  /** Instant at which the lifetime ends (scaled by the script's `ttlScale`). */
  ttlEndAt: number;
  /** How the answer about this accept went wrong on the wire, so that a caller may doubt it. */
  broken?: Breakage | undefined;
};

export type SevenAccepted = Accepted & {
  provider: "seven";
  channel: "sms" | "voice";
  sender: string;
  text: string;
  foreignId: string | undefined;
  label: string | undefined;
  price: number;
  /** The caller asked for a later time. */
  delayed: boolean;
  /** When the provider's own queue let the message go; later than `at` once the rate is exceeded. */
  handOverAt: number;
};

export type TelegramAccepted = Accepted & {
  provider: "telegram-gateway";
  channel: "telegram";
  code: string;
  payload: string | undefined;
  callbackUrl: string | undefined;
  cost: number;
};

export type GatewayApiAccepted = Accepted & {
  provider: "gatewayapi";
  channel: "sms";
  sender: string;
  text: string;
  userref: string | undefined;
  callbackUrl: string | undefined;
  cost: number;
  /** As with seven: when its own queue let the message go. */
  handOverAt: number;
};

/** A bill without a message: Telegram charges for a positive `checkSendAbility`. */
export type TelegramChecked = {
  provider: "telegram-gateway";
  event: "checked";
  recipient: string;
  providerMessageId: string;
  cost: number;
};

/** A call that was turned away. The reason is the provider's code or error string. */
export type Refused = { provider: TwinKind; event: "refused"; recipient: string; reason: string };

/** One attempt to bring a report. The URL is left out: its path is a secret of the receiver. */
export type Reported = {
  provider: TwinKind;
  event: "report";
  providerMessageId: string;
  status: string;
  attempt: number;
  /** HTTP status of the receiver's answer, or what went wrong on the way. */
  answer: number | "timeout" | "connection";
  forged: boolean;
};

export type LedgerBody =
  | SevenAccepted
  | TelegramAccepted
  | GatewayApiAccepted
  | TelegramChecked
  | Refused
  | Reported;
/** `seq` counts from 1 through all runs on one file; `at` is epoch ms. */
export type LedgerEntry = LedgerBody & { seq: number; at: number };
/** An entry with its stamp, for one kind of body. */
export type Stamped<Body extends LedgerBody> = Body & { seq: number; at: number };
