import type { Evidence } from "./evidence.ts";
import type { Figures } from "./figures.ts";

const ROUTE = "seven-sms";
/** Failures in a row that must open the circuit. */
const THRESHOLD = 5;

/**
 * What the circuit of seven's route did between two phases: from the service's log and metric, and from the
 * provider's ledger, which needs no circuit. Pure.
 */
export function circuitFigures(
  { log, circuit, phases, taken }: Evidence,
  { darkFrom, wellAgain }: { darkFrom: string; wellAgain: string },
): Figures {
  const at = (name: string) => phases.find((phase) => phase.name === name)?.at;
  const [darkAt, wellAt] = [at(darkFrom), at(wellAgain)];
  if (darkAt === undefined || wellAt === undefined) return {};
  const calls = log.filter((line) => line.event === "attempt.finished" && line.route === ROUTE);
  const failedAt = thresholdAt(calls.filter((line) => line.at >= darkAt));
  const opened = [
    ...log.filter(
      (line) => line.event === "circuit.moved" && line.circuit === `route:${ROUTE}` && line.change === "open",
    ),
    ...circuit.filter(({ state }) => state !== 0),
  ].filter((one) => one.at >= darkAt);
  const openAt = opened.length === 0 ? undefined : Math.min(...opened.map((one) => one.at));
  const back = taken.find((e) => e.event === "accepted" && e.provider === "seven" && e.at >= wellAt);
  return {
    calledInDark: calls.filter((line) => line.at >= darkAt && line.at < wellAt).length,
    circuitOpenMs: openAt === undefined ? neverOpened(circuit) : Math.max(0, openAt - (failedAt ?? openAt)),
    returnMs: back === undefined ? Number.POSITIVE_INFINITY : back.at - wellAt,
  };
}

/** Where the metric told nothing, nothing was measured. */
function neverOpened(circuit: Evidence["circuit"]): number | undefined {
  return circuit.length === 0 ? undefined : Number.POSITIVE_INFINITY;
}

/** When the failures in a row were as many as it takes. */
function thresholdAt(calls: Evidence["log"]): number | undefined {
  let inRow = 0;
  for (const { at, outcome } of calls) {
    inRow = outcome === "accepted" ? 0 : inRow + 1;
    if (inRow === THRESHOLD) return at;
  }
  return undefined;
}
