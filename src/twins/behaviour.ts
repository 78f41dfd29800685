/**
 * What the twin reports about a message it took. All twins know every name, so that one script serves all;
 * where a provider has no such thing the nearest one stands in. See the tables in the `plan.ts` files.
 */
export const REPORT_PLANS = [
  "normal",
  "none",
  "lost",
  "undelivered",
  "rejected",
  "failed",
  "expired",
  "buffered",
  "before",
  "doubled",
  "reordered",
  "late",
  "lying",
  "forged",
  "stray",
  "read",
] as const;
export type ReportPlan = (typeof REPORT_PLANS)[number];

/**
 * How an answer goes wrong on the wire, whatever had been decided before. Seen from the client all but
 * 302, 403, 429 and 503 leave open whether the message was taken.
 */
export const BREAKAGES = [
  "hang",
  "reset",
  "trickle",
  "truncated",
  "oversize",
  "empty",
  "html-200",
  "html-502",
  "status-403",
  "status-429",
  "status-500",
  "status-503",
  "redirect",
] as const;
export type Breakage = (typeof BREAKAGES)[number];

/** The forms in which seven writes a code: `{"success":"900"}`, `900`, `"900"`, error_code object. */
export const ERROR_SHAPES = ["object", "bare", "quoted", "error-code"] as const;
export type ErrorShape = (typeof ERROR_SHAPES)[number];

/** `accepted` says on which side of the provider's decision the connection fails. */
type Broken = { act: "break"; accepted: boolean; how: Breakage };
/** What seven's twin does with a number. A refusal without a shape takes the form its code has by nature. */
export type SevenAct =
  | { act: "send"; reports: ReportPlan; ids?: "numbers" | "null" }
  | { act: "refuse"; code: string; shape?: ErrorShape; types?: "numbers" }
  | Broken;
/** The same for Telegram Gateway, which refuses by error strings. */
export type TelegramAct = { act: "send"; reports: ReportPlan } | { act: "refuse"; error: string } | Broken;
/** The same for GatewayAPI, which refuses by HTTP status and a hexadecimal code. */
export type GatewayApiAct =
  | { act: "send"; reports: ReportPlan }
  | { act: "refuse"; status: 401 | 403 | 422; code: string }
  | Broken;

export type MagicRow = {
  /** The last six digits of the recipient's number. */
  suffix: string;
  seven: SevenAct;
  telegram: TelegramAct;
  /** Absent where GatewayAPI simply delivers. */
  gatewayapi?: GatewayApiAct;
  /** One line for the docs. */
  means: string;
};
