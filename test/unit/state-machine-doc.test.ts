import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ATTEMPT_STATES, DELIVERY_STATES, type DeliveryState, stateRank } from "../../src/core/delivery.ts";

const doc = readFileSync(join(import.meta.dirname, "../../docs/state-machine.md"), "utf8");
const ARROW = /^\s*(\S+) --> ([^\s:]+)/gm;

function arrows(diagram: string): [string, string][] {
  return [...diagram.matchAll(ARROW)].map((m) => [m[1] ?? "", m[2] ?? ""]);
}

function named(diagram: string): string[] {
  return [...new Set(arrows(diagram).flat())].filter((name) => name !== "[*]").toSorted();
}

describe("docs/state-machine.md", () => {
  const [deliveries = "", attempts = ""] = [...doc.matchAll(/```mermaid\n([\s\S]*?)```/g)].map(
    (m) => m[1] ?? "",
  );

  test("draws exactly the states that exist", () => {
    expect(named(deliveries)).toEqual(DELIVERY_STATES.toSorted());
    expect(named(attempts)).toEqual(ATTEMPT_STATES.toSorted());
  });

  test("draws no arrow of deliveries that leads down or sideways", () => {
    const drawn = arrows(deliveries).filter((pair) => !pair.includes("[*]")) as [
      DeliveryState,
      DeliveryState,
    ][];
    expect(drawn.filter(([from, to]) => stateRank(to) <= stateRank(from))).toEqual([]);
  });

  test("gives every state's meaning and rank", () => {
    const rows = [...doc.matchAll(/^\| `(\w+)` +\| .+ \| (\d) +\|$/gm)].map((m) => [m[1], Number(m[2])]);
    expect(rows).toEqual(DELIVERY_STATES.map((state) => [state, stateRank(state)]));
  });
});
