import type { Breakage, ErrorShape, MagicRow, ReportPlan, SevenAct } from "./behaviour.ts";

// Telegram delivers in every row of this table: what is tested is the way from seven to it.
const row = (suffix: string, seven: SevenAct, means: string): MagicRow => ({
  suffix,
  seven,
  telegram: { act: "send", reports: "normal" },
  means,
});
const sends = (suffix: string, reports: ReportPlan, means: string) =>
  row(suffix, { act: "send", reports }, means);
const refuses = (suffix: string, code: string, means: string, shape: ErrorShape = "object") =>
  row(suffix, { act: "refuse", code, shape }, means);
const breaks = (suffix: string, accepted: boolean, how: Breakage, means: string) =>
  row(suffix, { act: "break", accepted, how }, means);

/**
 * seven misbehaves, Telegram delivers. Codes: docs.seven.io, sms, return codes. 403 is the refusal that
 * speaks of this route only; 202 speaks of the number, and a service may rightly give up there.
 *
 * Codes that speak of the account (500, 900, 902, 903) make a service stop using the account altogether, so
 * a scenario with one of them belongs into a run of its own.
 */
export const SEVEN_ROWS: readonly MagicRow[] = [
  refuses("990001", "403", "seven refuses: daily limit of this recipient (403); Telegram delivers"),
  sends("990002", "none", "seven accepts and stays silent; Telegram delivers"),
  sends("990003", "undelivered", "seven accepts, reports NOTDELIVERED"),
  sends("990004", "buffered", "seven accepts, reports BUFFERED and nothing more"),
  breaks("990005", true, "hang", "seven accepts, the answer never comes"),
  breaks("990006", true, "reset", "seven accepts, then resets the connection"),
  breaks("990007", true, "html-502", "seven accepts, the answer is an HTML page with status 502"),
  breaks("990008", false, "status-429", "seven answers 429 with Retry-After: 2, not accepted"),
  breaks("990009", true, "html-200", "seven accepts, the answer is an HTML page with status 200"),
  sends("990010", "before", "seven's DELIVERED report comes before its answer"),
  sends("990011", "doubled", "seven's reports come twice and out of order, DELIVERED first"),
  sends("990012", "late", "seven's DELIVERED report comes late (`lateMs` of the script)"),
  sends("990013", "forged", "a forged NOTDELIVERED report comes before the true DELIVERED"),
  refuses("990014", "900", "seven answers a bare 900 (account: bad key)", "bare"),
  refuses("990015", "900", 'seven answers a quoted "900" (account: bad key)', "quoted"),
  refuses("990016", "500", "seven answers code 500 (account: balance too low)"),
  refuses("990017", "202", "seven refuses: invalid number (202)"),
  refuses("990018", "101", 'seven answers "101" and success false for this recipient'),
  breaks("990019", false, "hang", "seven never answers, not accepted"),
  breaks("990020", false, "reset", "seven resets the connection, not accepted"),
  breaks("990021", false, "status-503", "seven answers 503, not accepted"),
  refuses("990022", "402", "seven answers the reload lock (402) although it took nothing"),
  breaks("990023", false, "redirect", "seven answers a redirect 302, not accepted"),
  breaks("990024", true, "oversize", "seven accepts, the answer is 8 MiB long"),
  breaks("990025", true, "truncated", "seven accepts, the answer is JSON cut off in the middle"),
  row(
    "990026",
    { act: "send", reports: "normal", ids: "numbers" },
    "seven accepts, ids and codes are numbers instead of strings",
  ),
  row("990027", { act: "send", reports: "normal", ids: "null" }, "seven accepts, the message id is null"),
  refuses("990028", "600", "seven refuses: carrier or sending error (600)"),
  refuses("990029", "955", "seven refuses with a code nobody documented (955)"),
  breaks("990030", true, "status-500", "seven accepts, the answer is status 500 with an HTML page"),
  sends("990031", "expired", "seven accepts, reports EXPIRED when the ttl is over"),
  sends("990032", "rejected", "seven accepts, reports REJECTED"),
  sends("990033", "lost", "seven delivers, but no report webhook comes; the journal knows"),
  sends("990034", "stray", "a report for an unknown message id comes before the true ones"),
  breaks("990035", true, "trickle", "seven accepts, the answer drips a byte at a time without end"),
  breaks("990036", true, "empty", "seven accepts, the answer is status 200 with an empty body"),
  refuses("990037", "11", "seven refuses: carrier unavailable for the moment (11)"),
  refuses("990038", "201", "seven refuses: sender invalid (201)"),
  refuses("990039", "902", "seven answers 902 (account: key lacks rights)"),
  refuses("990040", "903", "seven answers 903 (account: address not allowed)"),
  refuses("990041", "600", "seven refuses with an error_code and error_message object", "error-code"),
  row(
    "990042",
    { act: "refuse", code: "600", types: "numbers" },
    "seven refuses, codes are numbers instead of strings",
  ),
  sends("990043", "failed", "seven accepts, reports FAILED"),
  breaks("990044", false, "status-403", "seven answers HTTP 403, not accepted"),
];
