import type { RacePlan } from "./plan.ts";
import type { Stretch } from "./story.ts";
import { seconds } from "./written.ts";

/** What is happening to seven, in plain words. Pure. @param atMs since the first person came */
export function headline({ phases, forMs }: Pick<RacePlan, "phases" | "forMs">, atMs: number): string {
  const now = phases.findLast((one) => one.atMs <= atMs) ?? phases[0];
  if (now === undefined) return "";
  const said = now.says + answerTime(now, atMs - now.atMs);
  return atMs < forMs ? said : `nobody new comes, the last ones wait; ${said}`;
}

/** Only where it is worth a word. */
const SLOW_MS = 1_000;

function answerTime({ answers }: Stretch, sinceMs: number): string {
  if (answers === "never") return "";
  const takesMs = answers.fromMs + (answers.moreMs * sinceMs) / 1_000;
  return takesMs < SLOW_MS ? "" : `; answers take ${seconds(takesMs)}`;
}
