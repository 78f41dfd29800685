import type { Series } from "./figures.ts";
import type { Aim, BenchReport, BenchResult, Ratio } from "./result.ts";

/** The report as text for a terminal. Pure. */
export function renderReport(report: BenchReport): string {
  const { machine, command, options, tookMs, version } = report;
  const head = [
    `otpost ${version} at ${machine.commit}, ${machine.redis}, Node ${machine.node}`,
    `${machine.cores} x ${machine.cpu}, load ${machine.loadAverage} before the start`,
    `${command}   (${options.runs} interleaved runs, ${Math.round(tookMs / 1000)} s)`,
    ...(options.short ? ["SHORT RUN: it shows that everything works; its figures mean nothing."] : []),
  ];
  return `${[head.join("\n"), ...report.results.map(renderResult)].join("\n\n")}\n`;
}

function renderResult({ bench, settings, variants, ratios, aims }: BenchResult): string {
  const said = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return [
    `${bench}: ${said.join(", ")}`,
    renderTable(rowsOf(variants)),
    ...ratios.map(ratioLine),
    ...aims.map(aimLine),
  ].join("\n");
}

/** Medians with the spread of the runs behind them. */
function rowsOf(variants: Record<string, Series>): string[][] {
  const names = [...new Set(Object.values(variants).flatMap((v) => Object.keys(v.median)))];
  const rows = Object.entries(variants).map(([variant, { median, runs }]) => [
    variant,
    ...names.map((name) =>
      cell(
        median[name],
        runs.flatMap((run) => run[name] ?? []),
      ),
    ),
  ]);
  return [["", ...names], ...rows];
}

function cell(value: number | undefined, runs: readonly number[]): string {
  if (value === undefined) return "-";
  if (runs.length < 2) return figure(value);
  return `${figure(value)} [${figure(Math.min(...runs))}-${figure(Math.max(...runs))}]`;
}

/** `12,345`, `345`, `34.5`, `3.45`: three digits, or whole from 100 on. */
export function figure(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}

/** First column to the left, the others to the right. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((r) => (r[i] ?? "").length)));
  const line = (row: readonly string[]) =>
    widths
      .map((width, i) => (i === 0 ? (row[i] ?? "").padEnd(width) : (row[i] ?? "").padStart(width)))
      .join("  ");
  return rows.map((row) => `  ${line(row)}`.trimEnd()).join("\n");
}

function ratioLine({ of, to, figure: name, runs, median }: Ratio): string {
  const each = runs.length > 1 ? `  (${runs.map(figure).join(" ")})` : "";
  return `  ${name}, ${of} to ${to}: ${figure(median)}${each}`;
}

function aimLine({ what, value, atLeast, atMost, met }: Aim): string {
  const bound = atLeast === undefined ? `at most ${figure(atMost ?? 0)}` : `at least ${figure(atLeast)}`;
  return `  aim: ${what} ${bound}; it is ${figure(value)}, ${met ? "met" : "NOT met"}`;
}
