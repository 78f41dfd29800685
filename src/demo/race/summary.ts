import type { Score } from "./score.ts";
import { faultsOf, type RaceResult } from "./verdict.ts";
import { copies, money, percent, seconds } from "./written.ts";

/** The end of the race in sentences. Pure. */
export function summary(result: RaceResult): string[] {
  const { scores, lost, duplicates, silenceMs, reach } = result;
  const { direct, otpost } = scores;
  const faults = faultsOf(result);
  return [
    `In ${result.seconds} seconds ${otpost.people} people asked each side for a code, while seven went from well to dark and back.`,
    `Without otpost: ${story(direct)}`,
    `With otpost: ${story(otpost)}`,
    `Of the codes that otpost took on, ${none(lost)} was lost and ${none(duplicates)} was sent twice on one route.`,
    `In this race otpost moved on after ${seconds(silenceMs)} of silence (SMS_SILENCE_MS=${silenceMs}; 30000 by default), and Telegram reached ${percent(reach, 1)} of the people.`,
    faults.length === 0
      ? "The race ended as it must."
      : `The race did not end as it must: ${faults.join("; ")}.`,
  ];
}

function story(score: Score): string {
  const { people, haveCode, hangingMost, longestCallMs } = score;
  const got = `${haveCode} have it (${percent(haveCode, people)}), ${people - haveCode} have none`;
  const waits =
    hangingMost === 0
      ? `No login hung, the longest took ${seconds(longestCallMs)}`
      : `Up to ${hangingMost} logins hung at once, the longest for ${seconds(longestCallMs)}`;
  return `${got}. ${waits}. It took ${copies(score)} for ${money(score)}.`;
}

const none = (count: number) => (count === 0 ? "none" : String(count));
