import { SIDES } from "./plan.ts";
import type { Score } from "./score.ts";
import type { Standing } from "./standing.ts";
import { seconds } from "./written.ts";

/** The race as it stands in one line, for pipes and logs. Pure. */
export function standingLine({ atMs, headline, scores }: Standing): string {
  const sides = SIDES.map((side) => `${side}: ${said(scores[side])}`);
  return [`${Math.round(atMs / 1_000)} s, ${headline}`, ...sides].join(" | ");
}

function said({ people, haveCode, stuck, hanging, longestCallMs }: Score): string {
  const waits = `${hanging} hanging (longest ${seconds(longestCallMs)})`;
  return `${haveCode} of ${people} have the code, ${stuck} stuck, ${waits}`;
}
