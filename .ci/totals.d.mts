export type Step = {
  kind: "gate" | "suite" | "drill";
  name: string;
  code: number;
  report?: string | undefined;
};
export type Totals = { passed: number; failed: number; skipped: number; faults: string[] };

export function totals(steps: readonly Step[], read?: (file: string) => string): Totals;
export function parseStep(argument: string): Step;
export function totalsLine(sum: Pick<Totals, "passed" | "failed" | "skipped">): string;
