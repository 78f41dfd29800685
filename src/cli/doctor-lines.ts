import type { Checked } from "../doctor/finding.ts";

/** As wide as the longest name of `otpost doctor --from`. */
const NAME_WIDTH = 12;
const LEVEL_WIDTH = 8;

/** A finding for the terminal: one line, and two more where something is to do. */
export function findingLines(finding: Checked, nameWidth = NAME_WIDTH): string[] {
  const head = `${finding.level.padEnd(LEVEL_WIDTH)}${finding.check.padEnd(nameWidth)}${finding.what}`;
  if (finding.level === "ok") return [head];
  const indent = " ".repeat(LEVEL_WIDTH + nameWidth);
  return [head, `${indent}${finding.why}`, `${indent}-> ${finding.todo}`];
}

export function verdict(found: readonly Checked[]): string {
  const count = (level: Checked["level"]) => found.filter((finding) => finding.level === level).length;
  const [fails, warnings] = [count("fail"), count("warn")];
  if (fails > 0) return `\n${fails} fault(s) keep codes from getting through.`;
  if (warnings > 0) return `\nNo fault, ${warnings} warning(s).`;
  return count("note") > 0 ? "\nNothing is wrong; the notes tell what could be better." : "\nNothing to do.";
}
