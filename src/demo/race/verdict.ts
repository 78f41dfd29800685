import type { Side } from "./plan.ts";
import type { Score } from "./score.ts";
import { seconds } from "./written.ts";

/** Everything that a race leaves behind. */
export type RaceResult = {
  seed: number;
  seconds: number;
  /** Silence after which otpost moved on in this race. */
  silenceMs: number;
  /** Share of people whom Telegram reaches. */
  reach: number;
  scores: Record<Side, Score>;
  /** Of otpost: acked, at no provider, and without an honest end. */
  lost: number;
  /** Of otpost: second copies of one code on one route. */
  duplicates: number;
};

/** Promised to every caller of the intake, also while Redis or a provider hangs. */
export const INTAKE_MS = 1_200;

/** @returns why the race did not end as it must; empty when it did. Pure. */
export function faultsOf({ scores, lost, duplicates }: RaceResult): string[] {
  const { direct, otpost } = scores;
  return [
    otpost.longestCallMs > INTAKE_MS &&
      `a login waited ${seconds(otpost.longestCallMs)} for otpost, at most ${seconds(INTAKE_MS)} is promised`,
    lost > 0 && `otpost lost ${lost} of the codes that it had taken on`,
    duplicates > 0 && `otpost sent ${duplicates} codes twice on one route`,
    otpost.haveCode <= direct.haveCode &&
      `otpost brought ${otpost.haveCode} codes and the direct sender ${direct.haveCode}`,
  ].filter((fault) => typeof fault === "string");
}

/** One line of JSON: all figures, null where the time to the code is without end or was never measured. */
export function resultLine(result: RaceResult): string {
  const faults = faultsOf(result);
  // The instants are for the chart alone.
  const isFigure = (name: string, value: unknown) => (name === "cameAtMs" ? undefined : value);
  return JSON.stringify({ ...result, ok: faults.length === 0, faults }, isFigure);
}
