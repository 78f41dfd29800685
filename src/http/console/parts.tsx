import type { Child } from "hono/jsx";

/** Parts that pages are made of. All text is escaped by the JSX runtime. */

/** @param caption says to screen readers which table this is; the heading above may say it to everybody else */
export function table(caption: string, columns: readonly string[], rows: readonly Child[]) {
  return (
    // Wide tables scroll within themselves, by the keyboard too.
    <div class="scroll" role="region" aria-label={caption} tabindex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((name) => (
              <th scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>{rows}</tbody>
      </table>
    </div>
  );
}

/** One row; the first cell names it. */
export function row(name: Child, ...cells: readonly Child[]) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {cells.map((cell) => (
        <td>{cell}</td>
      ))}
    </tr>
  );
}

export type Figure = {
  label: string;
  value: string;
  /** What it is measured against, or since when. */
  note?: string | undefined;
  tone?: Tone;
};

/** `bad` and `warning` are said by a word beside the colour wherever they are used. */
export type Tone = "good" | "warning" | "bad" | "plain";

/** The figures that somebody wants to see first. */
export function figures(list: readonly Figure[]) {
  return (
    <dl class="figures">
      {list.map(({ label, value, note, tone = "plain" }) => (
        <div class={`figure ${tone}`}>
          <dt>{label}</dt>
          <dd>
            <strong>{value}</strong>
            {note === undefined ? null : <small>{note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function badge(tone: Tone, text: string) {
  return <span class={`badge ${tone}`}>{text}</span>;
}

/** Nothing to show is an answer too: say why, and what to do. */
export function nothing(text: Child) {
  return <p class="nothing">{text}</p>;
}

/** Something that could not be read or done. */
export function fault(text: Child) {
  return (
    <p class="fault" role="alert">
      {text}
    </p>
  );
}

/** Something that was done. */
export function done(text: Child) {
  return (
    <p class="done" role="status">
      {text}
    </p>
  );
}

/** What a later answer of `/live/...` takes the place of. @param url of a row made by `createLiveRows` */
export function liveRegion(url: string, content: Child) {
  return (
    <div class="region" data-live={url}>
      {content}
    </div>
  );
}
