import type { Drill } from "./drill.ts";
import { type Columns, DETAILS, FIGURE_NAMES, type FigureName, FIGURES, written } from "./figures.ts";
import type { Verdict } from "./judge.ts";

export type DrillReport = {
  drill: string;
  machine: string;
  command: string;
  seed: number;
  short: boolean;
  tookMs: number;
  columns: Columns;
  verdicts: readonly Verdict[];
};

const WORD = { kept: "kept     ", broken: "BROKEN   ", missing: "unproven " } as const;

/** Table and verdicts as text. Pure. */
export function renderReport(report: DrillReport, drill: Drill): string {
  const { machine, command, seed, tookMs, short, columns, verdicts } = report;
  const means = drill.runs.length > 1 ? drill.runs.map((run) => `  ${run.name}: ${run.means}`) : [];
  return [
    `drill ${drill.name}: ${drill.shows}`,
    machine,
    `${command}   (seed ${seed}, ${Math.round(tookMs / 1_000)} s)`,
    ...(short
      ? ["SHORT RUN: it shows that the drill works; too few codes to say much about the service."]
      : []),
    "",
    renderTable(rowsOf(columns)),
    ...means,
    "",
    ...verdicts.map(({ says, is, found }) => `  ${WORD[is]}  ${says}: ${found}`),
    "",
  ].join("\n");
}

/** A drill shows what it measured: figures that no column has are left out. */
function rowsOf(columns: Columns): string[][] {
  const names = Object.keys(columns);
  const values = (name: FigureName) => names.map((column) => columns[column]?.[name]);
  const measured = FIGURE_NAMES.filter((name) =>
    values(name).some((value) => value !== undefined && (value !== 0 || !DETAILS.has(name))),
  );
  return [
    ...headerRows(names),
    ...measured.map((name) => [
      FIGURES[name][0],
      ...names.map((column) => written(name, columns[column]?.[name])),
    ]),
  ];
}

/** Run and group of a column stand below each other: beside each other they would make it too wide. */
function headerRows(names: readonly string[]): string[][] {
  const parts = names.map((name) => name.split(", "));
  const lines = Math.max(0, ...parts.map((part) => part.length));
  return Array.from({ length: lines }, (_, n) => [
    "",
    ...parts.map((part) => part[part.length - lines + n] ?? ""),
  ]);
}

/** First column to the left, the others to the right. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => row[i]?.length ?? 0)),
  );
  const cell = (text: string, i: number) =>
    i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  return rows.map((row) => `  ${row.map(cell).join("  ")}`.trimEnd()).join("\n");
}
