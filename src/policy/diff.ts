import type { Purpose } from "../core/delivery.ts";
import { planFor } from "../core/plan.ts";
import type { RouteRules, Rules } from "../core/rules.ts";
import { isUsed, type Policy } from "./ground.ts";

/** What another policy would change, one line each; empty where nothing would. */
export function policyDiff(before: Policy, after: Policy): string[] {
  return [
    ...routeChanges(before.rules, after.rules),
    ...capChanges(before.rules, after.rules),
    ...modeChanges(before.rules, after.rules),
    ...planChanges(before, after),
  ];
}

function changed(name: string, was: string, is: string): string[] {
  return was === is ? [] : [`${name}: ${was} -> ${is}`];
}

type Shown = (route: RouteRules, rules: Rules) => string;

/** The figures of a route as the file names them. */
const FIELDS: Record<string, Shown> = {
  use: (route) => String(isUsed(route)),
  account: ({ account }) => account,
  perSecond: ({ perSecond }) => (perSecond === 0 ? "unpaced" : String(perSecond)),
  maxWaitMs: ({ maxWaitMs }) => String(maxWaitMs),
  silenceMs: ({ silenceMs }) => String(silenceMs ?? "none"),
  silenceMsByCountry: ({ silenceMsByCallingCode }) => mapWords(silenceMsByCallingCode),
  reports: ({ reports }) => reports,
  reach: ({ reach }) => String(reach),
  maxPaid: ({ maxPaid }, { maxPaidPerRoute }) => String(maxPaid ?? maxPaidPerRoute),
  sender: ({ sender }) => sender?.usual ?? "the provider's own",
  senderByCountry: ({ sender }) => mapWords(sender?.byCallingCode),
};

function mapWords(map: ReadonlyMap<string, unknown> | undefined): string {
  const entries = [...(map ?? [])].toSorted(([a], [b]) => a.localeCompare(b));
  return entries.map(([code, value]) => `${code}: ${String(value)}`).join(", ") || "none";
}

function routeChanges(before: Rules, after: Rules): string[] {
  return [...after.routes].flatMap(([id, is]) => {
    const was = before.routes.get(id);
    if (was === undefined) return [`routes/${id}: is new`];
    return Object.entries(FIELDS).flatMap(([field, shown]) =>
      changed(`routes/${id}/${field}`, shown(was, before), shown(is, after)),
    );
  });
}

function capChanges(before: Rules, after: Rules): string[] {
  return (["maxPaid", "maxPaidPerRoute"] as const).flatMap((cap) =>
    changed(`caps/${cap}`, String(before[cap]), String(after[cap])),
  );
}

function modeChanges(before: Rules, after: Rules): string[] {
  const mode = (rules: Rules, id: string) => (rules.observed.has(id) ? "observe" : "protect");
  return [...new Set([...before.observed, ...after.observed])]
    .toSorted()
    .flatMap((id) => changed(`clients/${id}/mode`, mode(before, id), mode(after, id)));
}

const PURPOSES: readonly Purpose[] = ["login", "enrolment", "test"];

/** Stands for every client or country that neither policy names. */
const OTHER = "";

/** Asked of both, for every client, country and purpose that one of them tells apart. */
function planChanges(before: Policy, after: Policy): string[] {
  const plans = [...before.rules.plans, ...after.rules.plans];
  const clients = [...new Set(plans.flatMap(({ client }) => client ?? [])), OTHER].toSorted();
  const codes = [...new Set(plans.flatMap(({ callingCodes }) => callingCodes ?? [])), OTHER].toSorted();
  const purposes = plans.some(({ purpose }) => purpose !== undefined) ? PURPOSES : PURPOSES.slice(0, 1);
  return clients.flatMap((clientId) =>
    codes.flatMap((callingCode) =>
      purposes.flatMap((purpose) => {
        const order = ({ rules, order: usual }: Policy) =>
          (planFor(rules.plans, { clientId, callingCode, purpose })?.routes ?? usual).join(", ") || "none";
        const who = [
          clientId === OTHER ? "other clients" : `client ${clientId}`,
          callingCode === OTHER ? "other countries" : `country ${callingCode}`,
          ...(purposes.length > 1 ? [purpose] : []),
        ].join(", ");
        return changed(`plan of ${who}`, order(before), order(after));
      }),
    ),
  );
}
