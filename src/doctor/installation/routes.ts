import { planName } from "../../core/plan.ts";
import type { RouteRules } from "../../core/rules.ts";
import type { Policy } from "../../policy/ground.ts";
import { PROVIDERS } from "../../providers/registry.ts";
import type { Check, Finding } from "../finding.ts";

/** Whether codes have a way, and another one when that is shut. */
export function routesCheck({ rules, order, plans }: Routes, isProduction: boolean): Check {
  return {
    name: "routes",
    run: async () => {
      const known = (ids: readonly string[]) => ids.flatMap((id) => rules.get(id) ?? []);
      const lists = [
        { name: "the default order", routes: known(order) },
        ...plans.map((plan) => ({ name: `the plan for ${planName(plan)}`, routes: known(plan.routes) })),
      ];
      const found = [
        ...pretending(known(order), isProduction),
        ...lists.flatMap(({ name, routes }) => alone(name, routes, rules)),
      ];
      if (found.length > 0) return found;
      return [
        {
          level: "ok",
          what: known(order)
            .map(({ id, account }) => `${id} (${account})`)
            .join(", then "),
        },
      ];
    },
  };
}

type Routes = Pick<Policy, "order"> & {
  rules: ReadonlyMap<string, RouteRules>;
  plans: Policy["rules"]["plans"];
};

/** The sandbox takes every code and brings none. */
function pretending(routes: readonly RouteRules[], isProduction: boolean): Finding[] {
  const real = routes.filter(({ channel }) => channel !== "sandbox");
  if (real.length === 0) {
    return [
      {
        level: isProduction ? "fail" : "warn",
        what: "no route reaches people",
        why: "No provider has a key here. `otpost up` serves stand-ins of the providers then: nothing leaves the house.",
        todo: "Set SEVEN_API_KEY, or another provider's key.",
      },
    ];
  }
  if (real.length === routes.length) return [];
  return [
    {
      level: isProduction ? "fail" : "warn",
      what: "the sandbox is among the routes that send codes",
      why: "It says that it took the code, and nobody ever gets it.",
      todo: "Take `sandbox` out of ROUTES and out of the policy file.",
    },
  ];
}

/** One account is one way: a wrong key, an empty balance or a bad day of the provider stops every code. */
function alone(name: string, routes: readonly RouteRules[], all: ReadonlyMap<string, RouteRules>): Finding[] {
  const real = routes.filter(({ channel }) => channel !== "sandbox");
  const accounts = new Set(real.map(({ account }) => account));
  if (accounts.size !== 1) return [];
  const [account = ""] = accounts;
  return [
    {
      level: "warn",
      what:
        real.length === 1
          ? `${name} has one route only, ${real[0]?.id ?? ""}`
          : `all ${real.length} routes of ${name} share one account, ${account}`,
      why: "When that account is refused, empty or slow, there is no other way for a code.",
      todo: secondWay(all),
    },
  ];
}

function secondWay(all: ReadonlyMap<string, RouteRules>): string {
  const keyless = PROVIDERS.filter(({ channel, routeId }) => channel !== "sandbox" && !all.has(routeId));
  const keys = keyless.map(({ key, routeId }) => `${key} (${routeId})`);
  const files = "HTTP_PROVIDERS (a second SMS provider, docs/http-provider.md)";
  return `Give a route on another account its key: ${[...keys, files].join(" or ")}.`;
}
