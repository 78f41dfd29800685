import type { Breakage, MagicRow, ReportPlan, TelegramAct } from "./behaviour.ts";

// seven must refuse, or the turn would never be Telegram's.
const row = (suffix: string, telegram: TelegramAct, means: string): MagicRow => ({
  suffix,
  seven: { act: "refuse", code: "403" },
  telegram,
  means,
});
const sends = (suffix: string, reports: ReportPlan, means: string) =>
  row(suffix, { act: "send", reports }, means);
const refuses = (suffix: string, error: string, means: string) =>
  row(suffix, { act: "refuse", error }, means);
const breaks = (suffix: string, accepted: boolean, how: Breakage, means: string) =>
  row(suffix, { act: "break", accepted, how }, means);

/**
 * seven refuses with 403, so that the turn is Telegram's, which misbehaves. Error strings: Telegram Gateway
 * API and a production client's list. Account-wide ones (token, balance) stop the route for everybody.
 */
export const TELEGRAM_ROWS: readonly MagicRow[] = [
  refuses("990101", "PHONE_NUMBER_NOT_AVAILABLE", "Telegram does not know the number"),
  sends("990102", "expired", "Telegram takes it; expired and refunded at the end of the ttl"),
  refuses("990103", "FLOOD_WAIT_5", "Telegram throttles (FLOOD_WAIT_5)"),
  breaks("990104", true, "hang", "Telegram takes it, the answer never comes"),
  breaks("990105", true, "html-502", "Telegram takes it, the answer is an HTML page with status 502"),
  refuses("990106", "ACCESS_TOKEN_INVALID", "Telegram refuses the token (account)"),
  refuses("990107", "BALANCE_NOT_ENOUGH", "Telegram's balance is used up (account)"),
  refuses("990108", "MESSAGE_ALREADY_SENT", "Telegram says that it sent under this request id"),
  breaks("990109", true, "reset", "Telegram takes it, then resets the connection"),
  sends("990110", "doubled", "Telegram's reports come twice and out of order"),
  sends("990111", "forged", "a forged report comes before Telegram's true one"),
  sends("990112", "lost", "Telegram delivers, but no report comes; checkVerificationStatus knows"),
  sends("990113", "late", "Telegram's delivered report comes late (`lateMs` of the script)"),
  sends("990114", "before", "Telegram's delivered report comes before its answer"),
  sends("990115", "read", "Telegram reports delivered, then read"),
  refuses("990116", "SOMETHING_NEW", "Telegram refuses with an error nobody documented"),
  refuses("990117", "PHONE_NUMBER_INVALID", "Telegram says that the number is bad"),
  breaks("990118", false, "reset", "Telegram resets the connection, not taken"),
  breaks("990119", false, "status-429", "Telegram answers 429 with Retry-After: 2, not taken"),
  breaks("990120", false, "hang", "Telegram never answers, not taken"),
  breaks("990121", true, "truncated", "Telegram takes it, the answer is JSON cut off in the middle"),
  breaks("990122", true, "html-200", "Telegram takes it, the answer is an HTML page with status 200"),
  sends("990123", "none", "Telegram takes it and says `sent` for ever"),
  sends("990124", "stray", "a report for an unknown request id comes before the true ones"),
  breaks("990125", true, "oversize", "Telegram takes it, the answer is 8 MiB long"),
  breaks("990126", false, "status-503", "Telegram answers 503, not taken"),
];
