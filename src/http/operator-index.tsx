import type { Circuit } from "../core/circuit.ts";
import { openWords } from "../core/words.ts";
import { htmlPage } from "./layout.tsx";
import { QUEUES_PATH } from "./queues.ts";

export type OperatorIndexDeps = { version: string; circuits: () => ReadonlyMap<string, Circuit> };

/** Where operators come in: the way to everything, and which routes are switched off. */
export function operatorIndex({ version, circuits }: OperatorIndexDeps): Response {
  const content = (
    <>
      <h1>
        otpost <span class="soft">{version}</span>
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
      {circuitsTable(circuits())}
      <form method="post" action="/logout">
        <button type="submit">Log out</button>
      </form>
    </>
  );
  return htmlPage(200, "otpost", content);
}

function circuitsTable(circuits: ReadonlyMap<string, Circuit>) {
  return (
    <>
      <h2>Circuits</h2>
      <p class="soft">
        An open one keeps new attempts away from its route, or from every route of its account.
      </p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Circuit</th>
              <th scope="col">State</th>
              <th scope="col">Since</th>
            </tr>
          </thead>
          <tbody>{[...circuits].map(([name, circuit]) => circuitRow(name, circuit))}</tbody>
        </table>
      </div>
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
      <td>{circuit.kind === "closed" ? "" : new Date(circuit.since).toISOString()}</td>
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
