import { Gauge, type Registry } from "prom-client";

type Quantiles = { p50Ms: number; p95Ms: number };

type MeasuredWindow = {
  accepted: number;
  arrived: number;
  missed: number;
  verified: number;
  toAccepted: Quantiles | undefined;
  toArrived: Quantiles | undefined;
  cost: { micros: number; currency: string } | undefined;
};

/** One route in one country. */
export type MeasuredRoute = {
  route: string;
  callingCode: string;
  minutes5: MeasuredWindow;
  hour: MeasuredWindow;
  day: MeasuredWindow;
};

/** Rows that are shown, the busiest of the day first: labels stay bounded however many countries there are. */
const ROWS_MAX = 60;
const MICROS = 1_000_000;

type Set = (labels: Record<string, string>, value: number) => void;
type Part = { name: string; help: string; labels: string[]; show: (row: MeasuredRoute, set: Set) => void };

const WINDOWS = [
  ["5m", "minutes5"],
  ["1h", "hour"],
  ["24h", "day"],
] as const;

const PARTS: readonly Part[] = [
  {
    name: "otp_route_judged",
    help: "Messages whose fate became known within a window.",
    labels: ["window"],
    show: (row, set) => {
      for (const [window, of] of WINDOWS) set({ window }, row[of].arrived + row[of].missed);
    },
  },
  {
    name: "otp_route_arrived_ratio",
    help: "Of those, the share that arrived in time.",
    labels: ["window"],
    show: (row, set) => {
      for (const [window, of] of WINDOWS) {
        const { arrived, missed } = row[of];
        if (arrived + missed > 0) set({ window }, arrived / (arrived + missed));
      }
    },
  },
  {
    name: "otp_route_verified_ratio",
    help: "Entered codes of the messages that arrived within the last hour.",
    labels: [],
    show: ({ hour: { verified, arrived } }, set) => {
      if (verified > 0) set({}, Math.min(1, verified / Math.max(1, arrived)));
    },
  },
  {
    name: "otp_route_latency_seconds",
    help: "To the accept, and from it to the report of arrival, within the last hour.",
    labels: ["to", "quantile"],
    show: ({ hour: { toAccepted, toArrived } }, set) => {
      for (const [to, known] of [
        ["accepted", toAccepted],
        ["arrived", toArrived],
      ] as const) {
        if (known === undefined) continue;
        set({ to, quantile: "0.5" }, known.p50Ms / 1_000);
        set({ to, quantile: "0.95" }, known.p95Ms / 1_000);
      }
    },
  },
  {
    name: "otp_route_message_cost",
    help: "Mean price of a message within the last hour.",
    labels: ["currency"],
    show: ({ hour: { cost } }, set) => {
      if (cost) set({ currency: cost.currency }, cost.micros / MICROS);
    },
  },
];

/** Read when somebody scrapes: the figures of all processes together, the same in each of them. */
export function createHealthGauges(registry: Registry, rows: () => readonly MeasuredRoute[]): void {
  for (const { name, help, labels, show } of PARTS) {
    new Gauge({
      name,
      help,
      labelNames: ["route", "country", ...labels],
      registers: [registry],
      collect() {
        this.reset();
        for (const row of busiest(rows())) {
          const { route, callingCode: country } = row;
          show(row, (more, value) => this.set({ route, country, ...more }, value));
        }
      },
    });
  }
}

function busiest(rows: readonly MeasuredRoute[]): MeasuredRoute[] {
  return rows.toSorted((a, b) => b.day.accepted - a.day.accepted).slice(0, ROWS_MAX);
}
