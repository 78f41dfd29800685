import type { Context } from "hono";
import type { Alert } from "../../../core/alert.ts";
import type { Circuit } from "../../../core/circuit.ts";
import type { Reporting } from "../../../core/quiet.ts";
import type { RouteFacts } from "../../../core/route-facts.ts";
import { openWords } from "../../../core/words.ts";
import type { RouteDesk } from "../../operator-routes.ts";
import { QUEUES_PATH } from "../../queues.ts";
import { type Format, formatOf } from "../format.ts";
import { page } from "../page.tsx";
import { badge, fault, type Figure, figures, liveRegion, nothing, row, table } from "../parts.tsx";
import { readerOf } from "../reader.ts";
import { overviewTexts } from "../texts/overview.ts";
import { shellTexts } from "../texts/shell.ts";

export type OverviewDeps = {
  version: string;
  circuits: () => ReadonlyMap<string, Circuit>;
  desk: Pick<RouteDesk, "list">;
  alerts: () => Promise<Alert[]>;
  reporting: () => ReadonlyMap<string, Reporting>;
};

type Words = (typeof overviewTexts)["en"];
/** What every part of the page is written with. */
type Pen = { words: Words; format: Format; unreadable: string };

/** Where operators come in: what routes do, and what happened lately. */
export async function overviewPage(c: Context, deps: OverviewDeps): Promise<Response> {
  const shell = shellTexts[readerOf(c).language];
  const { words } = penOf(c);
  return page(
    c,
    { title: shell.overview, active: "overview", aside: <span class="soft">{deps.version}</span> },
    <>
      {liveRegion("/live/overview", await overviewRegion(c, deps))}
      <ul>
        <li>
          <a href={QUEUES_PATH}>{shell.queues}</a> <span class="soft">{words.queuesHint}</span>
        </li>
        <li>
          <a href="/metrics">{shell.metrics}</a> <span class="soft">{words.metricsHint}</span>
        </li>
        <li>
          <a href="/readyz">{words.readiness}</a> <span class="soft">{words.readinessHint}</span>
        </li>
      </ul>
    </>,
  );
}

/** What changes by itself. The page must come up while Redis is away: that is when it is wanted most. */
export async function overviewRegion(c: Context, deps: OverviewDeps) {
  const [routes, alerts] = await Promise.all([known(deps.desk.list()), known(deps.alerts())]);
  const pen = penOf(c);
  return (
    <>
      {figures(firstFigures(deps, routes, pen))}
      {routesSection(routes, pen)}
      {circuitsSection(deps.circuits(), pen)}
      {reportsSection(deps.reporting(), pen)}
      {alertsSection(alerts, pen)}
    </>
  );
}

function penOf(c: Context): Pen {
  const reader = readerOf(c);
  const { unreadable } = shellTexts[reader.language];
  return { words: overviewTexts[reader.language], format: formatOf(reader), unreadable };
}

async function known<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch(() => undefined);
}

/** What somebody wants to know before anything else. */
function firstFigures(
  deps: OverviewDeps,
  routes: RouteFacts[] | undefined,
  { words, format }: Pen,
): Figure[] {
  const waits = routes?.map(({ waitMs }) => waitMs) ?? [];
  const waiting = routes?.reduce((sum, facts) => sum + facts.waiting, 0);
  const open = [...deps.circuits().values()].filter(({ kind }) => kind === "open").length;
  const quiet = [...deps.reporting().values()].filter(({ kind }) => kind === "quiet").length;
  return [
    { label: words.waiting, value: waiting === undefined ? "–" : format.number(waiting) },
    { label: words.longestWait, value: waits.length === 0 ? "–" : format.duration(Math.max(...waits)) },
    { label: words.openCircuits, value: format.number(open), tone: open > 0 ? "bad" : "plain" },
    { label: words.quietRoutes, value: format.number(quiet), tone: quiet > 0 ? "warning" : "plain" },
  ];
}

function routesSection(routes: RouteFacts[] | undefined, pen: Pen) {
  const { words, format, unreadable } = pen;
  const rows = routes?.map((facts) =>
    row(<code>{facts.route}</code>, wordCell(facts, pen), facts.waiting, format.duration(facts.waitMs)),
  );
  return (
    <section>
      <h2>{words.routes}</h2>
      <p class="soft">{words.routesHint}</p>
      {rows
        ? table(words.routes, [words.route, words.word, words.waiting, words.expectedWait], rows)
        : fault(unreadable)}
    </section>
  );
}

function wordCell({ word, restsUntil }: RouteFacts, { words, format }: Pen) {
  const kind = word && badge("warning", word.kind === "stopped" ? words.stopped : words.forced);
  const said = word && words.said(word.by, format.instant(word.until), word.why);
  const rests = restsUntil === undefined ? undefined : words.rests(format.instant(restsUntil));
  if (!word && rests === undefined) return words.none;
  return (
    <>
      {kind} {[said, rests].filter((part) => part !== undefined).join("; ")}
    </>
  );
}

function circuitsSection(circuits: ReadonlyMap<string, Circuit>, { words, format }: Pen) {
  const rows = [...circuits].map(([name, circuit]) =>
    row(
      <code>{name}</code>,
      circuitState(circuit, words),
      circuit.kind === "closed" ? "" : format.instant(circuit.since),
    ),
  );
  return (
    <section>
      <h2>{words.circuits}</h2>
      <p class="soft">{words.circuitsHint}</p>
      {table(words.circuits, [words.circuit, words.state, words.since], rows)}
    </section>
  );
}

function circuitState(circuit: Circuit, words: Words) {
  switch (circuit.kind) {
    case "closed":
      return badge("good", words.closed);
    case "returning":
      return words.returning;
    case "open":
      return (
        <>
          {badge("bad", words.open)} {openWords(circuit.why)}
        </>
      );
  }
}

/** Beside the circuits and not among them: a quiet route is still called, only later than the others. */
function reportsSection(reporting: ReadonlyMap<string, Reporting>, { words, format }: Pen) {
  const rows = [...reporting].map(([route, state]) =>
    row(
      <code>{route}</code>,
      state.kind === "quiet" ? <span class="warning">{words.quiet}</span> : words.come,
      state.kind === "quiet" ? format.instant(state.since) : "",
    ),
  );
  return (
    <section>
      <h2>{words.reports}</h2>
      <p class="soft">{words.reportsHint}</p>
      {table(words.reports, [words.route, words.reports, words.since], rows)}
    </section>
  );
}

function alertsSection(alerts: Alert[] | undefined, { words, format, unreadable }: Pen) {
  const rows = alerts?.map(({ at, alert, severity, says }) =>
    row(format.instant(at), <code class={severity === "critical" ? "bad" : ""}>{alert}</code>, says),
  );
  return (
    <section>
      <h2>{words.alerts}</h2>
      {rows === undefined ? fault(unreadable) : null}
      {rows?.length === 0 ? nothing(words.noAlerts) : null}
      {rows && rows.length > 0 ? table(words.alerts, [words.when, words.alert, words.says], rows) : null}
    </section>
  );
}
