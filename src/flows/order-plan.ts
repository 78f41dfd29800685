import { orderPlan, type OrderFact } from "../core/route-order.ts";
import type { FlowDeps } from "./ports.ts";

/** `fixed`: as it is wished. `auto`: the first route by what was measured. */
export type RouteOrder = "fixed" | "auto";

/** What stands in front of everything else that decides on the first route; without evidence the plan as it is. */
export function ordered(
  { health, random }: Pick<FlowDeps, "health" | "random">,
  order: RouteOrder,
  plan: string[],
  callingCode: string,
): { plan: string[]; order?: OrderFact } {
  if (order === "fixed" || callingCode === "") return { plan };
  const known = (route: string) => health.of(route, callingCode);
  const { plan: better, fact } = orderPlan(plan, { callingCode, health: known, random: random.fraction });
  return fact === undefined ? { plan: better } : { plan: better, order: fact };
}
