import type { Plan } from "../core/plan.ts";
import type { RouteRules, Rules } from "../core/rules.ts";
import { type Ground, isUsed } from "./ground.ts";
import type { PolicyFile, RouteEntry } from "./schema.ts";

/** The rules of the environment under those of a file that was checked before: where it speaks, it wins. */
export function rulesUnder(file: PolicyFile, { rules }: Ground): Rules {
  return Object.freeze({
    ...rules,
    ...defined(file.caps),
    routes: new Map([...rules.routes].map(([id, route]) => [id, routeUnder(file.routes[id], route)])),
    plans: file.plans.map(planOf),
    observed: new Set(Object.entries(file.clients).flatMap(([id, c]) => (c.mode === "observe" ? [id] : []))),
  });
}

/** A route that the file does not use leaves the default order, never the rules: messages may be out there. */
export function orderUnder(file: PolicyFile, rules: Rules, order: readonly string[]): readonly string[] {
  return file.default ?? order.filter((id) => isUsed(rules.routes.get(id)));
}

function routeUnder(entry: RouteEntry | undefined, route: RouteRules): RouteRules {
  if (entry === undefined) return route;
  const { use, perSecond, headroom, silenceMsByCountry, sender, senderByCountry, ...same } = entry;
  return {
    ...route,
    ...defined(same),
    ...(use ? {} : { withdrawn: true as const }),
    ...(perSecond === undefined ? {} : { perSecond: ratePerSecond(perSecond, headroom) }),
    ...(silenceMsByCountry === undefined ? {} : { silenceMsByCallingCode: byCode(silenceMsByCountry) }),
    ...(sender === undefined && senderByCountry === undefined
      ? {}
      : { sender: { usual: sender, byCallingCode: byCode(senderByCountry ?? {}) } }),
  };
}

function ratePerSecond(perSecond: number, headroom = 0): number {
  return Math.round(perSecond * (1 - headroom) * 1_000) / 1_000;
}

function planOf({ client, country, purpose, routes }: PolicyFile["plans"][number]): Plan {
  return { ...defined({ client, purpose, callingCodes: country }), routes };
}

function byCode<T>(record: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(record).map(([code, value]) => [code.replace("+", ""), value]));
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** What was left out must not hide what stood there before. */
function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
