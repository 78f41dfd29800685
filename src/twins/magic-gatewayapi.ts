import type { Breakage, GatewayApiAct, MagicRow, ReportPlan } from "./behaviour.ts";

// seven and Telegram must refuse, or the turn would never be GatewayAPI's.
const row = (suffix: string, gatewayapi: GatewayApiAct, means: string): MagicRow => ({
  suffix,
  seven: { act: "refuse", code: "403" },
  telegram: { act: "refuse", error: "PHONE_NUMBER_NOT_AVAILABLE" },
  gatewayapi,
  means,
});
const sends = (suffix: string, reports: ReportPlan, means: string) =>
  row(suffix, { act: "send", reports }, means);
const breaks = (suffix: string, accepted: boolean, how: Breakage, means: string) =>
  row(suffix, { act: "break", accepted, how }, means);

/** seven refuses with 403, Telegram does not know the number, GatewayAPI misbehaves. Its codes are made up. */
export const GATEWAYAPI_ROWS: readonly MagicRow[] = [
  row("990301", { act: "refuse", status: 422, code: "0x0005" }, "GatewayAPI refuses the message (422)"),
  sends("990302", "none", "GatewayAPI takes it and stays silent"),
  sends("990303", "undelivered", "GatewayAPI reports UNDELIVERABLE"),
  breaks("990304", true, "hang", "GatewayAPI takes it, the answer never comes"),
  breaks("990305", true, "reset", "GatewayAPI takes it, then resets the connection"),
  breaks("990306", true, "html-502", "GatewayAPI takes it, the answer is an HTML page with status 502"),
  breaks("990307", false, "status-429", "GatewayAPI answers 429 with Retry-After: 2, not taken"),
  sends("990308", "before", "GatewayAPI's DELIVERED report comes before its answer"),
  sends("990309", "doubled", "GatewayAPI's reports come twice, and transient ones after DELIVERED"),
  sends("990310", "late", "GatewayAPI's DELIVERED report comes late (`lateMs` of the script)"),
  sends("990311", "forged", "a forged UNDELIVERABLE comes before GatewayAPI's DELIVERED"),
  row("990312", { act: "refuse", status: 401, code: "0x0004" }, "GatewayAPI refuses the token (account)"),
  sends("990313", "expired", "GatewayAPI takes it, reports EXPIRED when the validity is over"),
  sends("990314", "rejected", "GatewayAPI takes it, reports REJECTED"),
  sends("990315", "failed", "GatewayAPI takes it, reports SKIPPED"),
  sends("990316", "stray", "a report for an unknown message id comes before the true ones"),
  sends("990317", "lost", "GatewayAPI delivers, but no report comes"),
  breaks("990318", true, "html-200", "GatewayAPI takes it, the answer is an HTML page with status 200"),
  breaks("990319", true, "truncated", "GatewayAPI takes it, the answer is JSON cut off in the middle"),
  breaks("990320", false, "status-503", "GatewayAPI answers 503, not taken"),
];
