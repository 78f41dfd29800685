import type { BalanceReading } from "../core/balance.ts";
import type { FigureSpan } from "../core/figure-windows.ts";
import type { FigureNote, Totals } from "../core/figures.ts";
import type { Measured } from "../core/health.ts";
import type { RouteFacts } from "../core/route-facts.ts";

/** What is counted for people, shared by all processes. It costs no round trip. */
export type Figures = { observe: (notes: readonly FigureNote[]) => void };

/** A point holds what happened from `at` on, for `forMs`; the last one still runs. Instants are epoch ms. */
export type Point<T> = { at: number; forMs: number } & T;

/** What a route showed, in all countries. */
export type RouteTotals = Omit<Measured, "cost"> & {
  /** Calls whose outcome is known, and those that ended without an accept. */
  calls: number;
  refused: number;
  unavailable: number;
  uncertain: number;
  /** Micros by currency. */
  cost: Record<string, number>;
};

export type Overview = {
  at: number;
  /** The last 60 minutes with the one that runs, and the UTC day. */
  hour: Totals;
  today: Totals;
  lanes: Pick<RouteFacts, "route" | "waiting" | "waitMs" | "isOpenForCalls">[];
  /** No provider has taken them and they end within a minute. `atLeast`: there are more than could be looked at. */
  expiringSoon: { count: number; atLeast: boolean };
  spend: ClientSpend[];
  balances: AccountBalance[];
};

export type ClientSpend = {
  clientId: string;
  /** Taken on today. */
  deliveries: number;
  /** What providers named for today's messages, micros by currency. */
  cost: Record<string, number>;
  /** EUR micros that the cap has counted, expected prices included, and the cap; only where there is one. */
  cap?: { spentMicros: number; capMicros: number };
  perDay?: number;
};

/** `daysLeft` at the pace of the readings kept; absent while it cannot be told. */
export type AccountBalance = BalanceReading & { account: string; daysLeft?: number };

/** What was counted, for people. Every read is bounded by its span. All may throw StoreUnavailable. */
export type FigureReader = {
  overview: () => Promise<Overview>;
  series: (wanted: { span: FigureSpan }) => Promise<Point<Totals>[]>;
  /** @param day UTC, such as 2026-11-24 @returns undefined where it is no day */
  clientDay: (clientId: string, day: string) => Promise<Totals | undefined>;
  /** @param from begin of the span, epoch ms; absent: it ends now */
  clientSeries: (clientId: string, span: FigureSpan, from?: number) => Promise<Point<Totals>[]>;
  /** Answers "which provider was slow at 09:05?". @param from as above */
  routeSeries: (route: string, span: FigureSpan, from?: number) => Promise<Point<RouteTotals>[]>;
  /** All routes over a span, the one with most messages first. */
  routes: (span: FigureSpan) => Promise<({ name: string } & RouteTotals)[]>;
  /** All clients or countries (calling codes) over a span, the one with most deliveries first. */
  shares: (of: "client" | "country", span: FigureSpan) => Promise<({ name: string } & Totals)[]>;
};
