import { maskMsisdn, type Msisdn, parseMsisdn, type PhoneFault } from "./phone.ts";

/** What a help desk types when it looks for a number. */
export type ReadNumber =
  | { kind: "one"; number: Msisdn }
  /** Every reading with the region that makes it; the searcher has to say which one is meant. */
  | { kind: "several"; readings: { region: string; masked: string }[] }
  | { kind: "none"; fault: PhoneFault };

/**
 * Reads a number in any spelling. An international one needs no region; a national one is read by every region
 * that clients have, and two that differ are asked about: the wrong person's codes must not be shown.
 * @param regions ISO 3166 alpha-2, of the clients that are searched or the one that the searcher named
 */
export function readNumber(raw: string, regions: readonly string[]): ReadNumber {
  const bare = parseMsisdn(raw, undefined);
  if (typeof bare === "string" && isInternational(raw)) return { kind: "one", number: bare };
  const byNumber = new Map<Msisdn, string>();
  const faults: PhoneFault[] = typeof bare === "string" ? [] : [bare.fault];
  for (const region of new Set(regions)) {
    const read = parseMsisdn(raw, region);
    if (typeof read !== "string") faults.push(read.fault);
    else if (!byNumber.has(read)) byNumber.set(read, region);
  }
  if (byNumber.size === 0 && typeof bare === "string") return { kind: "one", number: bare };
  return readings(byNumber, faults);
}

function readings(byNumber: ReadonlyMap<Msisdn, string>, faults: readonly PhoneFault[]): ReadNumber {
  const [only, ...others] = byNumber.keys();
  if (only === undefined) return { kind: "none", fault: faults.at(-1) ?? "not_a_number" };
  if (others.length === 0) return { kind: "one", number: only };
  return {
    kind: "several",
    readings: [...byNumber].map(([number, region]) => ({ region, masked: maskMsisdn(number) })),
  };
}

/** Only a plus sign says it for sure: 00 is "abroad" in most countries, not in all. */
function isInternational(raw: string): boolean {
  return raw.includes("+");
}
