import { planFor, planName, type PlanSubject } from "../core/plan.ts";
import { patienceMs, type RouteRules, routeRules, senderOf } from "../core/rules.ts";
import { isUsed, type Policy } from "./ground.ts";

/** Which plan a number would get, and why: for a terminal. Holds the country, never the number. */
export function explain(policy: Policy, subject: PlanSubject): string[] {
  const plan = planFor(policy.rules.plans, subject);
  const wished = plan?.routes ?? policy.order;
  const used = wished.filter((id) => isUsed(policy.rules.routes.get(id)));
  const { maxPaid } = policy.rules;
  return [
    `Plan    ${plan ? planName(plan) : "default"} (country ${subject.callingCode ?? "unknown"}, purpose ${subject.purpose})`,
    `Mode    ${modeWords(policy, subject.clientId)}`,
    `Caps    ${maxPaid} paid messages in all`,
    "",
    ...used.flatMap((id, index) => [
      `${index + 1}. ${id}`,
      ...routeLines(routeRules(policy.rules, id), policy, subject),
    ]),
    ...[...policy.rules.routes.values()]
      .filter(({ id }) => !used.includes(id))
      .map((route) => `-  ${route.id}: left out, ${leftOutWords(route, wished)}`),
  ];
}

export function modeWords({ rules }: Policy, clientId: string): string {
  return rules.observed.has(clientId)
    ? "observe: one route, no failover; the timeline tells what it would have done"
    : "protect: failover is on";
}

function leftOutWords(route: RouteRules, wished: readonly string[]): string {
  if (!isUsed(route)) return "the policy does not use it";
  return wished.includes(route.id) ? "it is not configured" : "this plan does not name it";
}

function routeLines(route: RouteRules, { rules }: Policy, subject: PlanSubject): string[] {
  const country = subject.callingCode === undefined ? {} : { callingCode: subject.callingCode };
  const silenceMs = patienceMs(route, country);
  const sender = senderOf(route, country);
  const rate = route.perSecond === 0 ? "unpaced" : `${route.perSecond} a second`;
  return [
    `     ${route.needsConsent ? "in, if the recipient has agreed to it (otpost clients consent)" : "in"}`,
    `     silence  ${silenceMs === undefined ? "not timed, no report ever comes" : `${silenceMs} ms, then the next route`}`,
    `     wait     at most ${route.maxWaitMs} ms in its lane, else another route`,
    `     rate     ${rate}, account ${route.account}; reports: ${route.reports}`,
    `     paid     at most ${route.maxPaid ?? rules.maxPaidPerRoute} messages on this route`,
    ...(sender === undefined ? [] : [`     sender   ${sender}`]),
  ];
}
