import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Adds up what the steps of .ci/run left behind.
 *
 *   node .ci/totals.mjs gate:check=0 suite:test=0:reports/ci/test.json drill:redis-kill=0
 *
 * Each argument is kind:name=exit code, a suite has its JSON report of vitest behind that. A gate counts nothing
 * while it passes. A fault that no failed test shows (a report that is missing or empty, a file that did not
 * load, an error outside of the tests, a step that failed or was cut off) counts as one failure.
 */
export function totals(steps, read = (file) => readFileSync(file, "utf8")) {
  /** @type {{ passed: number, failed: number, skipped: number, faults: string[] }} */
  const sum = { passed: 0, failed: 0, skipped: 0, faults: [] };
  for (const step of steps) add(sum, countsOf(step, read));
  if (sum.passed + sum.failed === 0) add(sum, fault("nothing ran"));
  return sum;
}

export function parseStep(argument) {
  const match = /^(gate|suite|drill):([\w -]+)=(\d+)(?::(.+))?$/.exec(argument);
  const [, kind, name, code, report] = match ?? [];
  if (!kind || (kind === "suite") !== (report !== undefined)) throw new Error(`not a step: ${argument}`);
  return { kind, name, code: Number(code), report };
}

/** The one line that ends a run. */
export function totalsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function countsOf({ kind, name, code, report }, read) {
  const failure = `${name} ended with exit code ${code}`;
  switch (kind) {
    case "gate":
      return code === 0 ? {} : fault(failure);
    case "drill":
      return code === 0 ? { passed: 1 } : fault(failure);
    case "suite": {
      const counts = suiteCounts(name, report, read);
      return code === 0 || counts.failed > 0
        ? counts
        : { ...counts, ...fault(`${failure}, yet no test failed`) };
    }
    default:
      throw new Error(`unknown kind of step: ${kind}`);
  }
}

function suiteCounts(name, file, read) {
  let results;
  try {
    ({ testResults: results } = JSON.parse(read(file)));
  } catch {
    return fault(`${name} left no readable report`);
  }
  if (!Array.isArray(results)) return fault(`${name} left a report of another shape`);
  const counts = { passed: 0, failed: 0, skipped: 0, faults: [] };
  for (const result of results) add(counts, fileCounts(result));
  if (counts.passed + counts.failed === 0) add(counts, fault(`${name} ran no test`));
  return counts;
}

/** Words of vitest's JSON reporter; anything else, such as pending, is a test that never ended. */
const COUNTED = {
  passed: "passed",
  failed: "failed",
  skipped: "skipped",
  todo: "skipped",
  disabled: "skipped",
};

function fileCounts({ name, status, message, assertionResults }) {
  const counts = { passed: 0, failed: 0, skipped: 0, faults: [] };
  for (const test of assertionResults) {
    const counted = COUNTED[test.status];
    if (counted === undefined) add(counts, fault(`did not end: ${test.fullName} (${name})`));
    else counts[counted] += 1;
  }
  // A file that did not load has no tests, one whose afterAll failed has only passed ones.
  if (status === "failed" && counts.failed === 0)
    add(counts, fault(`${name}: ${message || "failed as a whole"}`));
  return counts;
}

function fault(why) {
  return { failed: 1, faults: [why] };
}

function add(sum, { passed = 0, failed = 0, skipped = 0, faults = [] }) {
  sum.passed += passed;
  sum.failed += failed;
  sum.skipped += skipped;
  sum.faults.push(...faults);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sum = totals(process.argv.slice(2).map(parseStep));
  for (const why of sum.faults) process.stdout.write(`fault: ${why}\n`);
  process.stdout.write(`${totalsLine(sum)}\n`);
  process.exitCode = sum.failed === 0 && sum.passed > 0 ? 0 : 1;
}
