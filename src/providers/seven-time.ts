/** seven writes wall time without a zone; its samples show Germany's. Source: docs.seven.io, webhooks. */
const ZONE = "Europe/Berlin";
const WALL = /^(\d{4})-(\d\d)-(\d\d)[ T+](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?$/;
const WITH_OFFSET = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)$/;

const zone = new Intl.DateTimeFormat("en-US", { timeZone: ZONE, timeZoneName: "longOffset" });

/** Epoch ms of a time stamp in a report; undefined when it is none. */
export function parseSevenTime(text = ""): number | undefined {
  const wall = WALL.exec(text);
  const at = wall ? fromWall(wall) : WITH_OFFSET.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(at) ? at : undefined;
}

function fromWall(match: RegExpExecArray): number {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const ms = Number((match[7] ?? "").padEnd(3, "0").slice(0, 3));
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  if (!Number.isFinite(asUtc)) return Number.NaN;
  // The offset holds at the instant, not at its wall time read as UTC, so it is asked for twice.
  return asUtc - offsetMs(asUtc - offsetMs(asUtc));
}

function offsetMs(at: number): number {
  const name = zone.formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? "";
  const [, sign = "+", hours = "0", minutes = "0"] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
