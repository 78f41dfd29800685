/** What a check found out. Whoever reads it must know what to do without a second look. */
export type Finding =
  | { level: "ok"; what: string }
  | {
      /** `fault`: codes do not get through. `warning`: they may not. `note`: good to know. */
      level: "note" | "warning" | "fault";
      what: string;
      why: string;
      todo: string;
    };

/** One question to the installation. Never throws for what it was made to find. */
export type Check = { name: string; run: () => Promise<Finding[]> };

export type Checked = Finding & { check: string };

/** In order, one after the other: later checks may use what earlier ones learned, and none disturbs another. */
export async function runChecks(checks: readonly Check[]): Promise<Checked[]> {
  const found: Checked[] = [];
  for (const { name, run } of checks) {
    for (const finding of await run()) found.push({ ...finding, check: name });
  }
  return found;
}

export function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ level }) => level !== "fault");
}
