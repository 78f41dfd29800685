import { formatOf } from "./format.ts";
import { nothing, table } from "./parts.tsx";
import type { Reader } from "./reader.ts";
import { shellTexts } from "./texts/shell.ts";

export type ChartSeries = {
  label: string;
  /** One for each instant; null where nothing is known. */
  values: readonly (number | null)[];
};

export type Chart = {
  /** Unique on its page, so that an open table stays open when the chart is swapped. */
  id: string;
  title: string;
  /** Epoch ms, rising. */
  at: readonly number[];
  series: readonly ChartSeries[];
  /** `share`: 0 to 1. */
  unit: "count" | "share" | "seconds";
};

/** A picture of figures, and the same figures as a table for those who do not see it or have no script. */
export function chart(reader: Reader, { id, title, at, series, unit }: Chart) {
  const format = formatOf(reader);
  const words = shellTexts[reader.language];
  if (at.length === 0) {
    return (
      <figure class="chart">
        <figcaption>{title}</figcaption>
        {nothing(words.noFigures)}
      </figure>
    );
  }
  const drawn = {
    at: at.map((ms) => ms / 1_000),
    series,
    unit,
    time: words.time,
    language: reader.language,
    zone: reader.zone,
  };
  const rows = at.map((ms, i) => (
    <tr>
      <th scope="row">{format.instant(ms)}</th>
      {series.map(({ values }) => (
        <td>{written(values[i], unit, format)}</td>
      ))}
    </tr>
  ));
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div class="plot" data-chart={JSON.stringify(drawn)} aria-hidden="true"></div>
      <details id={`${id}-figures`} open>
        <summary>{words.figures}</summary>
        {table(title, [words.time, ...series.map(({ label }) => label)], rows)}
      </details>
    </figure>
  );
}

function written(value: number | null | undefined, unit: Chart["unit"], format: ReturnType<typeof formatOf>) {
  if (value === null || value === undefined) return "–";
  switch (unit) {
    case "count":
      return format.number(value);
    case "share":
      return format.percent(value);
    case "seconds":
      return format.duration(value * 1_000);
  }
}
