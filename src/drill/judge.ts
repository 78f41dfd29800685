import type { Promised } from "./drill.ts";
import { type Columns, FIGURES, written } from "./figures.ts";

/** `missing`: this run, a short one, leaves out the column that the promise is about. */
export type Verdict = { says: string; is: "kept" | "broken" | "missing"; found: string };

/** Holds every promise against every column that it binds. Pure. */
export function judge(promises: readonly Promised[], columns: Columns): Verdict[] {
  return promises.map((promised) => {
    // A short run leaves groups out; that every column exists in the full one is a test of the catalogue.
    const bound = promised.columns ?? Object.keys(columns);
    const present = bound.filter((name) => columns[name] !== undefined);
    const names = present.length > 0 ? present : bound;
    const found = names.map((name) => judgeColumn(promised, name, columns));
    const worst = found.find(({ is }) => is === "broken") ?? found.find(({ is }) => is === "missing");
    if (worst) return { says: promised.says, ...worst };
    const [first] = found;
    if (!first) return { says: promised.says, is: "broken", found: "there is no column" };
    const all = found.length > 1 ? `; so are the other ${found.length - 1}` : "";
    return { says: promised.says, is: "kept", found: first.found + all };
  });
}

function judgeColumn(promised: Promised, column: string, columns: Columns): Omit<Verdict, "says"> {
  const { figure, bound } = promised;
  const figures = columns[column];
  if (figures === undefined) return { is: "missing", found: `no "${column}" in this run` };
  const value = figures[figure];
  const where = Object.keys(columns).length > 1 ? ` (${column})` : "";
  if (value === undefined) {
    return { is: "broken", found: `${FIGURES[figure][0].trim()} was not measured${where}` };
  }
  const { isKept, limit } = held(value, bound, (name) => columns[name]?.[figure]);
  return { is: isKept ? "kept" : "broken", found: `${written(figure, value)}${limit(figure)}${where}` };
}

type Held = { isKept: boolean; limit: (figure: Promised["figure"]) => string };

function held(value: number, bound: Promised["bound"], other: (column: string) => number | undefined): Held {
  if ("atMost" in bound) {
    return { isKept: value <= bound.atMost, limit: (f) => `, at most ${written(f, bound.atMost)}` };
  }
  if ("atLeast" in bound) {
    return { isKept: value >= bound.atLeast, limit: (f) => `, at least ${written(f, bound.atLeast)}` };
  }
  const least = other(bound.aboveColumn);
  return {
    isKept: least !== undefined && value > least,
    limit: (f) => `, more than ${written(f, least)} of ${bound.aboveColumn}`,
  };
}
