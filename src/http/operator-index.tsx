import type { Alert } from "../core/alert.ts";
import type { Circuit } from "../core/circuit.ts";
import type { Reporting } from "../core/quiet.ts";
import type { RouteFacts } from "../core/route-facts.ts";
import { openWords } from "../core/words.ts";
import { htmlPage } from "./layout.tsx";
import type { RouteDesk } from "./operator-routes.ts";
import { QUEUES_PATH } from "./queues.ts";

export type OperatorIndexDeps = {
  version: string;
  circuits: () => ReadonlyMap<string, Circuit>;
  desk: Pick<RouteDesk, "list">;
  alerts: () => Promise<Alert[]>;
  reporting: () => ReadonlyMap<string, Reporting>;
};

/** Where operators come in: the way to everything, what routes do, and what happened lately. */
export async function operatorIndex(deps: OperatorIndexDeps): Promise<Response> {
  // The page must come up while Redis is away: that is when it is wanted most.
  const [routes, alerts] = await Promise.all([known(deps.desk.list()), known(deps.alerts())]);
  const content = (
    <>
      <h1>
        otpost <span class="soft">{deps.version}</span>
      </h1>
      <p>
        <a href={QUEUES_PATH}>Queues</a> <span class="soft">lanes and their jobs, for reading</span>
      </p>
      <p>
        <a href="/metrics">Metrics</a>{" "}
        <span class="soft">for Prometheus, with the operator token as Bearer</span>
      </p>
      <p>
        <a href="/readyz">Readiness</a> <span class="soft">each part in words</span>
      </p>
      {routesTable(routes)}
      {circuitsTable(deps.circuits())}
      {reportsTable(deps.reporting())}
      {alertsTable(alerts)}
      <form method="post" action="/logout">
        <button type="submit">Log out</button>
      </form>
    </>
  );
  return htmlPage(200, "otpost", content);
}

async function known<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch(() => undefined);
}

const UNREADABLE = <p class="wrong">Redis cannot be read at the moment.</p>;

function table(columns: readonly string[], rows: unknown[]) {
  return (
    <div class="scroll">
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

function routesTable(routes: RouteFacts[] | undefined) {
  return (
    <>
      <h2>Routes</h2>
      <p class="soft">
        Stop, force or release one with <code>otpost routes stop|force|auto</code>.
      </p>
      {routes
        ? table(["Route", "Operator's word", "Waiting", "Expected wait"], routes.map(routeRow))
        : UNREADABLE}
    </>
  );
}

function routeRow({ route, word, restsUntil, waiting, waitMs }: RouteFacts) {
  const said = word ? `${word.kind} by ${word.by} until ${instant(word.until)}: ${word.why}` : "";
  const rests = restsUntil === undefined ? "" : `rests until ${instant(restsUntil)}, as its provider asked`;
  return (
    <tr>
      <td>
        <code>{route}</code>
      </td>
      <td class={word ? "wrong" : ""}>{[said, rests].filter((part) => part !== "").join("; ") || "none"}</td>
      <td>{waiting}</td>
      <td>{`${(waitMs / 1_000).toFixed(1)} s`}</td>
    </tr>
  );
}

function circuitsTable(circuits: ReadonlyMap<string, Circuit>) {
  return (
    <>
      <h2>Circuits</h2>
      <p class="soft">
        An open one keeps new attempts away from its route, or from every route of its account.
      </p>
      {table(
        ["Circuit", "State", "Since"],
        [...circuits].map(([name, circuit]) => circuitRow(name, circuit)),
      )}
    </>
  );
}

function circuitRow(name: string, circuit: Circuit) {
  return (
    <tr>
      <td>
        <code>{name}</code>
      </td>
      <td class={circuit.kind === "closed" ? "" : "wrong"}>{stateWords(circuit)}</td>
      <td>{circuit.kind === "closed" ? "" : instant(circuit.since)}</td>
    </tr>
  );
}

/** Beside the circuits and not among them: a quiet route is still called, only later than the others. */
function reportsTable(reporting: ReadonlyMap<string, Reporting>) {
  return (
    <>
      <h2>Reports</h2>
      <p class="soft">
        A quiet route takes messages of which most are not reported: nine in ten new codes start elsewhere.
      </p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Route</th>
              <th scope="col">Reports</th>
              <th scope="col">Since</th>
            </tr>
          </thead>
          <tbody>{[...reporting].map(([route, state]) => reportsRow(route, state))}</tbody>
        </table>
      </div>
    </>
  );
}

function reportsRow(route: string, state: Reporting) {
  return (
    <tr>
      <td>
        <code>{route}</code>
      </td>
      <td class={state.kind === "quiet" ? "wrong" : ""}>
        {state.kind === "quiet" ? "quiet: half of its messages or more are not reported" : "come"}
      </td>
      <td>{state.kind === "quiet" ? new Date(state.since).toISOString() : ""}</td>
    </tr>
  );
}

function stateWords(circuit: Circuit): string {
  switch (circuit.kind) {
    case "closed":
      return "closed";
    case "returning":
      return "closing: traffic comes back step by step";
    case "open":
      return `open: ${openWords(circuit.why)}`;
  }
}

function alertsTable(alerts: Alert[] | undefined) {
  const rows = alerts?.map(({ at, alert, severity, says }) => (
    <tr>
      <td>{instant(at)}</td>
      <td class={severity === "critical" ? "wrong" : ""}>
        <code>{alert}</code>
      </td>
      <td>{says}</td>
    </tr>
  ));
  return (
    <>
      <h2>Alerts</h2>
      {rows === undefined ? UNREADABLE : null}
      {rows?.length === 0 ? <p class="soft">None yet.</p> : null}
      {rows && rows.length > 0 ? table(["When", "Alert", "What it says"], rows) : null}
    </>
  );
}

function instant(at: number): string {
  return new Date(at).toISOString();
}
