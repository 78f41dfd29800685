import type { BenchName, BenchOptions } from "./arguments.ts";
import { ratios, rounded, type Series } from "./figures.ts";
import type { Machine } from "./machine.ts";

/** What a bench hands back. Names of variants and figures are plain words, for they are printed as they are. */

export type Ratio = { of: string; to: string; figure: string; runs: number[]; median: number };
/** What a figure should be. Not reaching it is a finding, not a failure of the bench. */
export type Aim = { what: string; value: number; atLeast?: number; atMost?: number; met: boolean };

export type BenchResult = {
  bench: BenchName;
  /** What the figures depend on, such as counts and concurrency. */
  settings: Record<string, string | number>;
  variants: Record<string, Series>;
  ratios: Ratio[];
  aims: Aim[];
};

export type BenchReport = {
  tool: "otpost bench";
  version: string;
  command: string;
  startedAt: string;
  tookMs: number;
  machine: Machine;
  options: BenchOptions;
  results: BenchResult[];
};

/** @throws when a variant is not in the result: then a bench has a typing error */
export function ratio(
  variants: Record<string, Series>,
  names: { of: string; to: string; figure: string },
): Ratio {
  const [of, to] = [variants[names.of], variants[names.to]];
  if (!of || !to) throw new Error(`There is no variant ${names.of} or ${names.to}`);
  return { ...names, ...ratios(of, to, names.figure) };
}

export function atLeast(what: string, value: number, bound: number): Aim {
  return { what, value: rounded(value), atLeast: bound, met: value >= bound };
}

export function atMost(what: string, value: number, bound: number): Aim {
  return { what, value: rounded(value), atMost: bound, met: value <= bound };
}

/** One line, so that scripts can take the last line of the output. */
export function toJsonLine(report: BenchReport): string {
  return JSON.stringify(report);
}
