import { FIGURE_SPANS, type FigureSpan } from "../core/figure-windows.ts";
import type { Totals } from "../core/figures.ts";
import { decimal } from "../core/money.ts";
import type { AccountBalance, ClientSpend, FigureReader, Overview, Point } from "../flows/figures-port.ts";
import type { Context } from "hono";
import { json } from "./answer.ts";
import { ApiError } from "./problem.ts";

/** The figures of the console, for tools. Sums of money are decimal text by currency, instants ISO 8601. */

/** GET /api/figures?span=1h|24h|7d */
export function getFigures(figures: FigureReader) {
  return async (c: Context): Promise<Response> => {
    const span = spanOf(c);
    const [overview, series, routes, countries] = await Promise.all([
      figures.overview(),
      figures.series({ span }),
      figures.routes(span),
      figures.shares("country", span),
    ]);
    return json(200, {
      span,
      overview: overviewView(overview),
      series: series.map(pointView),
      routes: routes.map(priced),
      countries: countries.map(priced),
    });
  };
}

/** GET /api/figures/clients/{client}?day=2026-11-24, or ?span=&from= */
export function getClientFigures(figures: FigureReader) {
  return async (c: Context): Promise<Response> => {
    const client = c.req.param("client") ?? "";
    const day = c.req.query("day");
    if (day === undefined) {
      const [span, from] = [spanOf(c), fromOf(c)];
      const series = await figures.clientSeries(client, span, from);
      return json(200, { client, span, series: series.map(pointView) });
    }
    const totals = DAY.test(day) ? await figures.clientDay(client, day) : undefined;
    if (!totals) throw invalid("day", "day is a UTC day such as 2026-11-24.");
    return json(200, { client, day, ...priced(totals) });
  };
}

/** GET /api/figures/routes/{route}?span=&from=: what a route showed, minute by minute for the last day. */
export function getRouteFigures(figures: FigureReader) {
  return async (c: Context): Promise<Response> => {
    const route = c.req.param("route") ?? "";
    const [span, from] = [spanOf(c), fromOf(c)];
    const series = await figures.routeSeries(route, span, from);
    return json(200, { route, span, series: series.map(pointView) });
  };
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function spanOf(c: Context): FigureSpan {
  const wanted = c.req.query("span") ?? "1h";
  const span = FIGURE_SPANS.find((known) => known === wanted);
  if (span) return span;
  throw invalid("span", `span is one of ${FIGURE_SPANS.join(", ")}.`);
}

/** With Z, for a time of day without a zone means something else on every machine. */
function fromOf(c: Context): number | undefined {
  const text = c.req.query("from");
  if (text === undefined) return undefined;
  const at = text.endsWith("Z") ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(at)) return at;
  throw invalid("from", "from is an instant such as 2026-11-24T09:00:00Z.");
}

function invalid(field: string, detail: string): ApiError {
  return new ApiError("invalid_request", detail, { field });
}

function overviewView({ at, hour, today, spend, balances, ...rest }: Overview) {
  return {
    at: isoInstant(at),
    hour: priced(hour),
    today: priced(today),
    ...rest,
    spend: spend.map(spendView),
    balances: balances.map(balanceView),
  };
}

function spendView({ cap, clientId: client, ...spend }: ClientSpend) {
  const capped = cap && { spent: decimal(cap.spentMicros), of: decimal(cap.capMicros), currency: "EUR" };
  return { client, ...priced(spend), ...(capped ? { cap: capped } : {}) };
}

function balanceView({ at, micros, ...balance }: AccountBalance) {
  return { ...balance, at: isoInstant(at), amount: decimal(micros) };
}

function pointView<T extends Pick<Totals, "cost">>({ at, ...point }: Point<T>) {
  return { at: isoInstant(at), ...priced(point) };
}

function priced<T extends { cost: Record<string, number> }>(totals: T) {
  const cost = Object.entries(totals.cost).map(([currency, micros]) => ({
    amount: decimal(micros),
    currency,
  }));
  return { ...totals, cost };
}

function isoInstant(at: number): string {
  return new Date(at).toISOString();
}
