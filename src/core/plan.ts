import type { Purpose } from "./delivery.ts";

/** Which plan a delivery gets where its request names no routes. */

/** A plan for some deliveries. What it does not name, it does not ask for. */
export type Plan = {
  client?: string;
  /** Calling codes such as "49". */
  callingCodes?: readonly string[];
  purpose?: Purpose;
  /** Wished order of routes. */
  routes: readonly string[];
};

/** Of a delivery, what plans are chosen by. Older records know no calling code. */
export type PlanSubject = { clientId: string; callingCode: string | undefined; purpose: Purpose };

/** Where a plan names more it wins; a client weighs more than country and purpose together. */
const WEIGHT = { client: 4, country: 2, purpose: 1 };

/** The plan that says most of this delivery; undefined where none fits and the default order holds. */
export function planFor(plans: readonly Plan[], subject: PlanSubject): Plan | undefined {
  const fitting = plans.filter((plan) => fits(plan, subject));
  return fitting.reduce<Plan | undefined>(
    (best, plan) => (best === undefined || weightOf(plan) > weightOf(best) ? plan : best),
    undefined,
  );
}

function fits(
  { client, callingCodes, purpose }: Plan,
  { clientId, callingCode, purpose: asked }: PlanSubject,
): boolean {
  const isThere = callingCodes === undefined || callingCodes.some((code) => code === callingCode);
  return isThere && (client ?? clientId) === clientId && (purpose ?? asked) === asked;
}

/** How much a plan asks for; two that fit the same delivery and weigh the same are equal in all they name. */
function weightOf({ client, callingCodes, purpose }: Plan): number {
  return (
    (client === undefined ? 0 : WEIGHT.client) +
    (callingCodes === undefined ? 0 : WEIGHT.country) +
    (purpose === undefined ? 0 : WEIGHT.purpose)
  );
}

/** Such as `client cloud, country 49, purpose login`. */
export function planName({ client, callingCodes, purpose }: Omit<Plan, "routes">): string {
  const parts = [
    ...(client === undefined ? [] : [`client ${client}`]),
    ...(callingCodes === undefined ? [] : [`country ${callingCodes.join(", ")}`]),
    ...(purpose === undefined ? [] : [`purpose ${purpose}`]),
  ];
  return parts.join(", ") || "default";
}
