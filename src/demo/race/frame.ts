import { bar, perSlice, sparkline } from "./chart.ts";
import { SIDES, type Side } from "./plan.ts";
import type { Score } from "./score.ts";
import type { Standing } from "./standing.ts";
import { wrap } from "./wrap.ts";
import { percent, seconds } from "./written.ts";

/** What the terminal can show. */
export type Look = { columns: number; rows: number; color: boolean };

/** The race as it stands, in lines that fit. Pure. */
export function frame(standing: Standing, look: Look): string[] {
  const { columns, rows, color } = look;
  const width = Math.min(columns, WIDEST);
  const cell = Math.max(1, Math.floor((width - LABEL) / SIDES.length));
  const lines: Line[] = [...head(standing, width), ...table(standing, cell)];
  return lines.slice(0, rows).map(({ text, ink }) => {
    const cut = text.slice(0, columns).trimEnd();
    return color && ink !== undefined ? `\u001B[${ink}m${cut}\u001B[0m` : cut;
  });
}

/** A wider table is harder to read, not easier. */
const WIDEST = 100;
const LABEL = 24;
/** Numbers of the terminal's own colours, so that they suit its background. Source: ECMA-48, SGR. */
const INK = { bold: 1, red: 31, green: 32 } as const;

type Line = { text: string; ink?: number };

/** Always the same number of lines, so that the table below stays where it is. */
function head({ seed, headline, atMs, forMs }: Standing, width: number): Line[] {
  const passed = Math.round(Math.min(atMs, forMs) / 1_000);
  const more = atMs > forMs ? ` + ${Math.round((atMs - forMs) / 1_000)} s` : "";
  const ink = headline.includes("seven is well") ? INK.green : INK.red;
  const [first = "", ...rest] = wrap(sentence(headline), width);
  return [
    {
      text: `otpost race   ${passed} of ${Math.round(forMs / 1_000)} s${more}   seed ${seed}`,
      ink: INK.bold,
    },
    { text: first, ink },
    { text: rest.join(" "), ink },
    { text: "" },
  ];
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function table({ scores, atMs, mostMs }: Standing, cell: number): Line[] {
  const inner = Math.max(1, cell - 2);
  // The time to come is left empty, for nothing has failed to arrive in it.
  const begun = Math.floor((Math.min(atMs, mostMs) / mostMs) * inner) + 1;
  const came = (side: Side) => perSlice(scores[side].cameAtMs, mostMs, inner);
  const most = Math.max(...SIDES.flatMap(came));
  const row = (label: string, of: (score: Score, side: Side) => string): Line => {
    const cells = SIDES.map((side) => of(scores[side], side).padEnd(cell).slice(0, cell));
    return { text: label.padEnd(LABEL) + cells.join("") };
  };
  return [
    { ...row("", (_, side) => (side === "direct" ? "without otpost" : "with otpost")), ink: INK.bold },
    row("people who came", ({ people }) => String(people)),
    { ...row("have the code", (one) => `${one.haveCode}   ${shareIn(one)}`), ink: INK.bold },
    row("", ({ haveCode, people }) => bar(haveCode / Math.max(1, people), inner)),
    row("stuck without a code", ({ stuck }) => String(stuck)),
    row("logins hanging now", ({ hanging }) => String(hanging)),
    row("  longest wait", ({ longestCallMs }) => seconds(longestCallMs)),
    row("time to the code, p50", ({ p50Ms }) => seconds(p50Ms)),
    row("                  p95", ({ p95Ms }) => seconds(p95Ms)),
    row("SMS sent", ({ sms, eur }) => `${sms}   ${eur.toFixed(2)} EUR`),
    row("Telegram sent", ({ telegram, usd }) => `${telegram}   ${usd.toFixed(2)} USD`),
    row("codes as they arrive", (_, side) => sparkline(came(side).slice(0, begun), most)),
  ];
}

const shareIn = ({ haveCode, people }: Score) => percent(haveCode, people);
