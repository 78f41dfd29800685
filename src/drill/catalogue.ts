import type { Drill } from "./drill.ts";
import { blackout } from "./drills/blackout.ts";
import { brownout } from "./drills/brownout.ts";
import { doubt } from "./drills/doubt.ts";
import { fairness } from "./drills/fairness.ts";
import { learn } from "./drills/learn.ts";
import { reload } from "./drills/reload.ts";
import { reports } from "./drills/reports.ts";
import { storm } from "./drills/storm.ts";

/** In the order of the help. */
export const DRILLS: readonly Drill[] = [doubt, reports, blackout, brownout, storm, fairness, reload, learn];

/** @throws for a name that is not in the list */
export function drillNamed(name: string): Drill {
  const drill = DRILLS.find((one) => one.name === name);
  if (!drill)
    throw new Error(`There is no drill ${name}; there are ${DRILLS.map((one) => one.name).join(", ")}`);
  return drill;
}
