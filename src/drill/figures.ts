/** How a figure is written. `ms` is shown as s from 1 s on. */
type Unit = "count" | "percent" | "ms" | "eur" | "usd" | "ratio" | "perSecond";

/** Every figure a drill may show, in the order of the table. A figure that nobody measured is left out. */
export const FIGURES = {
  codes: ["codes asked for", "count"],
  acked: ["  acked", "count"],
  refused: ["  refused", "count"],
  shareRefused: ["  share refused", "percent"],
  refusedOtherwise: ["  refused other than with 503", "count"],
  unknown: ["  unknown (no answer, or one that leaves it open)", "count"],
  unknownSent: ["  of the unknown: sent all the same", "count"],
  acceptP50: ["time to the answer, p50", "ms"],
  acceptP99: ["time to the answer, p99", "ms"],
  loadLate: ["  of it the load's own delay, p99", "ms"],
  onTime: ["at the handset within 20 s", "percent"],
  inLife: ["at the handset while the code lives", "percent"],
  handsetP50: ["time to the handset, p50", "ms"],
  handsetP95: ["time to the handset, p95", "ms"],
  handsetP99: ["time to the handset, p99", "ms"],
  lost: ["lost (acked, never sent, no honest end)", "count"],
  stale: ["stale (sent after expiry)", "count"],
  dead: ["dead at the handset (there after expiry)", "count"],
  ghosts: ["ghosts (sent, but refused or never asked)", "count"],
  wrong: ["wrong (another text than asked)", "count"],
  copiesSeven: ["copies by seven-sms", "count"],
  copiesTelegram: ["copies by telegram-gateway", "count"],
  copiesGatewayapi: ["copies by gatewayapi-sms", "count"],
  copiesEach: ["copies per code sent", "ratio"],
  spilled: ["share spilled (first copy not by seven)", "percent"],
  firstTelegram: ["  first copy by Telegram", "percent"],
  firstGatewayapi: ["  first copy by second SMS", "percent"],
  cut: ["accepts whose answer was cut", "count"],
  duplicates: ["duplicates on a route", "count"],
  unexplained: ["  of them unexplained (the answer before was whole)", "count"],
  ended: ["ended delivered", "count"],
  expired: ["ended expired", "count"],
  failed: ["ended failed", "count"],
  givenUp: ["  of them without any copy", "count"],
  unconfirmed: ["ended unconfirmed", "count"],
  open: ["still open when the drill ended", "count"],
  untruthful: ["state differs from the provider's truth", "count"],
  reportsPosted: ["reports posted to the service", "count"],
  reportsAgain: ["honest reports answered with an error", "count"],
  forgedPosted: ["forged reports posted", "count"],
  forgedTaken: ["forged reports answered with success", "count"],
  refusedAlive: ["asked again and refused while a code lived", "count"],
  rateLeast: ["sent by seven per second, slowest 10 s", "perSecond"],
  rateMost: ["sent by seven per second, fastest 10 s", "perSecond"],
  rateSecond: ["sent by seven in any one second, most", "count"],
  rateSecondGatewayapi: ["sent by gatewayapi in any one second, most", "count"],
  quietP99: ["request to accept of the others, before, p99", "ms"],
  floodP99: ["request to accept of the others, in the flood, p99", "ms"],
  floodFactor: ["  one by the other", "ratio"],
  circuitOpenMs: ["5th failure in a row to open circuit", "ms"],
  calledInDark: ["calls to seven while it was dark", "count"],
  returnMs: ["seven well again to its next accept", "ms"],
  eur: ["paid to seven", "eur"],
  usd: ["paid to Telegram", "usd"],
  eurGatewayapi: ["paid to gatewayapi", "eur"],
} as const satisfies Record<string, readonly [label: string, unit: Unit]>;

export type FigureName = keyof typeof FIGURES;
export type Figures = Partial<Record<FigureName, number | undefined>>;
/** Figures by the name of their column, in the order of the table. */
export type Columns = Record<string, Figures>;

/** Shown only where there is something to tell; a 0 of these goes without saying. */
export const DETAILS: ReadonlySet<FigureName> = new Set([
  "shareRefused",
  "refusedOtherwise",
  "unknownSent",
  "cut",
  "unexplained",
  "copiesGatewayapi",
  "firstTelegram",
  "firstGatewayapi",
  "eurGatewayapi",
  "rateSecondGatewayapi",
  "givenUp",
  "expired",
  "unconfirmed",
  "refusedAlive",
]);

export const FIGURE_NAMES = Object.keys(FIGURES) as FigureName[];

/** A figure as it stands in the table; `-` where it was not measured. */
export function written(name: FigureName, value: number | undefined): string {
  if (value === undefined) return "-";
  if (value === Number.POSITIVE_INFINITY) return "never";
  const unit: Unit = FIGURES[name][1];
  switch (unit) {
    case "count":
      return value.toLocaleString("en-US");
    case "percent":
      return `${(value * 100).toFixed(1)} %`;
    case "ms":
      return value >= 1_000 ? `${(value / 1_000).toFixed(1)} s` : `${value.toFixed(0)} ms`;
    case "eur":
      return `${value.toFixed(2)} EUR`;
    case "usd":
      return `${value.toFixed(2)} USD`;
    case "ratio":
      return value.toFixed(3);
    case "perSecond":
      return value.toFixed(2);
  }
}
