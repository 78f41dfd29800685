import { isCallingCode } from "../core/phone.ts";
import { planName } from "../core/plan.ts";
import type { Path } from "./document.ts";
import { type Ground, routeIds } from "./ground.ts";
import type { PolicyFile, RouteEntry } from "./schema.ts";
import { suggestion } from "./suggest.ts";

/** What a shape cannot say: faults of a policy whose fields are all of the right kind. */

export type Fault = { path: Path; of?: "key" | "value"; says: string };

export function policyFaults(file: PolicyFile, ground: Ground): Fault[] {
  return [
    ...Object.entries(file.routes).flatMap(([id, entry]) => routeFaults(id, entry, ground)),
    ...planFaults(file, ground),
    ...capFaults(file),
    ...lastRouteFault(file, ground),
  ];
}

function routeFaults(id: string, entry: RouteEntry, ground: Ground): Fault[] {
  const unknown = unknownRoute(id, ground);
  if (unknown) return [{ path: ["routes", id], of: "key", says: unknown }];
  return [
    ...countryFaults(["routes", id, "silenceMsByCountry"], entry.silenceMsByCountry),
    ...countryFaults(["routes", id, "senderByCountry"], entry.senderByCountry),
    ...senderFaults(id, entry, ground),
    ...reportFaults(id, entry, ground),
  ];
}

/** A name that nobody serves: mistyped, or its key is not in the environment. */
function unknownRoute(id: string, ground: Ground): string | undefined {
  const known = routeIds(ground);
  if (known.includes(id)) return undefined;
  const setting = ground.keyless.get(id);
  if (setting !== undefined) return `${id} has no key: set ${setting} in the environment`;
  const meant = suggestion(id, [...known, ...ground.keyless.keys()]);
  const hint =
    meant === undefined ? `routes: ${known.join(", ") || "none has a key"}` : `did you mean ${meant}?`;
  return `there is no route ${id.slice(0, 40)}; ${hint}`;
}

function countryFaults(path: Path, byCountry: Readonly<Record<string, unknown>> | undefined): Fault[] {
  const seen = new Set<string>();
  return Object.keys(byCountry ?? {}).flatMap((written): Fault[] => {
    const code = written.replace("+", "");
    const says = countryFault(code, seen);
    seen.add(code);
    return says === undefined ? [] : [{ path: [...path, written], of: "key", says }];
  });
}

function countryFault(code: string, seen: ReadonlySet<string>): string | undefined {
  if (!isCallingCode(code)) return `${code} is no country's calling code`;
  return seen.has(code) ? `names country ${code} a second time` : undefined;
}

function senderFaults(id: string, { sender, senderByCountry }: RouteEntry, { senders }: Ground): Fault[] {
  const given: [Path, string][] = [
    ...(sender === undefined ? [] : [[["routes", id, "sender"], sender] as [Path, string]]),
    ...Object.entries(senderByCountry ?? {}).map(([code, value]): [Path, string] => [
      ["routes", id, "senderByCountry", code],
      value,
    ]),
  ];
  const check = senders.get(id);
  return given.flatMap(([path, value]) => {
    const says = check ? check(value) : `${id} shows no sender of ours: leave it out`;
    return says === undefined ? [] : [{ path, says }];
  });
}

type Row = readonly [isFault: boolean, field: keyof RouteEntry, says: string];

/** A rule that can never take effect is a mistake. */
function reportFaults(id: string, entry: RouteEntry, { rules }: Ground): Fault[] {
  const route = rules.routes.get(id);
  const isMute = route?.silenceMs === undefined;
  const silent = `${id} reports nothing, so every message would seem silent`;
  const asks = entry.reports !== undefined && entry.reports !== "push";
  const rows: Row[] = [
    [isMute && entry.silenceMs !== undefined, "silenceMs", silent],
    [isMute && entry.silenceMsByCountry !== undefined, "silenceMsByCountry", silent],
    [
      asks && route?.canReadStatus === false,
      "reports",
      `${id} cannot be asked for reports: only push is possible`,
    ],
    [
      entry.headroom !== undefined && entry.perSecond === undefined,
      "headroom",
      "is a share of perSecond: name that as well",
    ],
  ];
  return rows.flatMap(([isFault, field, says]) => (isFault ? [{ path: ["routes", id, field], says }] : []));
}

function planFaults(file: PolicyFile, ground: Ground): Fault[] {
  const seen = new Map<string, number>();
  return [
    ...listFaults(file.default ?? [], ["default"], file, ground),
    ...file.plans.flatMap((plan, index) => [
      ...listFaults(plan.routes, ["plans", index, "routes"], file, ground),
      ...subjectFaults(plan, ["plans", index], seen),
    ]),
  ];
}

function listFaults(routes: readonly string[], path: Path, file: PolicyFile, ground: Ground): Fault[] {
  return routes.flatMap((id, index): Fault[] => {
    const withdrawn = file.routes[id]?.use === false;
    const says =
      unknownRoute(id, ground) ??
      (withdrawn ? `${id} is not used: routes/${id}/use is false` : undefined) ??
      (routes.indexOf(id) < index ? `names ${id} a second time` : undefined);
    return says === undefined ? [] : [{ path: [...path, index], says }];
  });
}

type PlanEntry = PolicyFile["plans"][number];

/** Two plans for the same deliveries would leave the choice to their order in the file. */
function subjectFaults(
  { client, country, purpose }: PlanEntry,
  path: Path,
  seen: Map<string, number>,
): Fault[] {
  if (client === undefined && country === undefined && purpose === undefined) {
    return [{ path, says: "names neither client nor country nor purpose: that is what default is for" }];
  }
  return (country ?? [undefined]).flatMap((code, index): Fault[] => {
    const at = code === undefined ? path : [...path, "country", index];
    if (code !== undefined && !isCallingCode(code))
      return [{ path: at, says: `${code} is no country's calling code` }];
    const subject = [client, code, purpose].map((part) => part ?? "").join("|");
    const earlier = seen.get(subject);
    seen.set(subject, Number(path[1]));
    if (earlier === undefined) return [];
    if (earlier === path[1]) return [{ path: at, says: `names country ${code ?? ""} a second time` }];
    const name = planName({
      ...(client === undefined ? {} : { client }),
      ...(code === undefined ? {} : { callingCodes: [code] }),
      ...(purpose === undefined ? {} : { purpose }),
    });
    return [{ path: at, says: `is a second plan for ${name}; the first is plans/${earlier}` }];
  });
}

function capFaults({ caps, routes }: PolicyFile): Fault[] {
  const { maxPaid, maxPaidPerRoute } = caps;
  if (maxPaid === undefined) return [];
  const tooMany = `is above caps/maxPaid (${maxPaid}), so it can never be reached`;
  return [
    ...(maxPaidPerRoute !== undefined && maxPaidPerRoute > maxPaid
      ? [{ path: ["caps", "maxPaidPerRoute"], says: tooMany }]
      : []),
    ...Object.entries(routes).flatMap(([id, route]) =>
      (route.maxPaid ?? 0) > maxPaid ? [{ path: ["routes", id, "maxPaid"], says: tooMany }] : [],
    ),
  ];
}

/** Without a default, those of the environment's order that are used have to take everything. */
function lastRouteFault(file: PolicyFile, { order }: Ground): Fault[] {
  if (file.default !== undefined || order.length === 0) return [];
  return order.every((id) => file.routes[id]?.use === false)
    ? [{ path: ["routes"], of: "key", says: "leaves no route that is used: nothing could be delivered" }]
    : [];
}
