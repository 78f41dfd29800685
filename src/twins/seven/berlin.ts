/** Offsets change on whole hours, so one lookup per quarter of an hour is exact. */
const OFFSET_LIFE_MS = 900_000;
const zone = new Intl.DateTimeFormat("en-US", { timeZone: "Europe/Berlin", timeZoneName: "longOffset" });
let cached = { slot: -1, offsetMs: 0, text: "+00:00" };

/** seven writes local time of Berlin without saying so. Source: docs.seven.io, webhooks samples. */
export function berlinTime(at: number): { local: string; iso: string } {
  const slot = Math.floor(at / OFFSET_LIFE_MS);
  if (slot !== cached.slot) cached = { slot, ...offsetAt(at) };
  const wall = new Date(at + cached.offsetMs).toISOString();
  const local = `${wall.slice(0, 10)} ${wall.slice(11, 23)}000`;
  return { local, iso: `${wall.slice(0, 19)}${cached.text}` };
}

function offsetAt(at: number): { offsetMs: number; text: string } {
  const name = zone.formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? "";
  const [, sign = "+", hours = "00", minutes = "00"] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return { offsetMs: sign === "-" ? -offsetMs : offsetMs, text: `${sign}${hours}:${minutes}` };
}
