import type { RouteRules } from "../../core/rules.ts";
import { createClientAdmin } from "../../redis/client-admin.ts";
import type { ClientRecord } from "../../redis/client-record.ts";
import type { Check, Finding } from "../finding.ts";
import { onRedis, type SharedLook } from "./redis-look.ts";

/** @param routes that any plan names */
export function clientChecks(shared: SharedLook, routes: readonly RouteRules[], now: () => number): Check[] {
  const onClients = (name: string, of: (clients: readonly ClientRecord[]) => Finding[]) =>
    onRedis(shared, name, async ({ client, keys }) =>
      of(await createClientAdmin({ client, keys, now }).list()),
    );
  return [
    onClients("clients", (clients) => keyFindings(clients, now())),
    onClients("limits", limitFindings),
    onClients("consent", (clients) => consentFindings(clients, routes)),
  ];
}

function keyFindings(clients: readonly ClientRecord[], now: number): Finding[] {
  if (clients.length === 0) {
    return [
      {
        level: "note",
        what: "there is no client",
        why: "Nobody can hand over a code without a key.",
        todo: "otpost clients add cloud --region DE",
      },
    ];
  }
  const isLive = ({ expiresAt = Number.POSITIVE_INFINITY }: { expiresAt?: number | undefined }) =>
    expiresAt > now;
  const locked = clients.filter(({ keys, signing = [] }) => !keys.some(isLive) && signing.length === 0);
  if (locked.length === 0) return [{ level: "ok", what: counted(clients.length) }];
  return locked.map(({ id }) => ({
    level: "warn",
    what: `${id} has no key that works`,
    why: "Everything that it sends is refused with 401.",
    todo: `otpost clients rotate ${id}`,
  }));
}

function counted(clients: number): string {
  return clients === 1 ? "1 client, with a key that works" : `${clients} clients, all with a key that works`;
}

function limitFindings(clients: readonly ClientRecord[]): Finding[] {
  const unlimited = clients.filter(
    ({ limits = {} }) => limits.perDay === undefined && limits.spendMicros === undefined,
  );
  const everywhere = clients.filter((one) => one.limits?.countries === undefined && !unlimited.includes(one));
  const found: Finding[] = [
    ...unlimited.map(
      ({ id }): Finding => ({
        level: "warn",
        what: `nothing bounds what ${id} may send and spend a day`,
        why: "Whoever gets its key, or enrols numbers by a script, can empty the provider's account.",
        todo: `otpost clients limits ${id} --per-day 5000 --spend 20.00 --countries DE,AT,CH`,
      }),
    ),
    ...everywhere.map(
      ({ id }): Finding => ({
        level: "note",
        what: `${id} may send to every country`,
        why: "Fake sign-ups go to numbers of dear countries, whose owners share the price.",
        todo: `otpost clients limits ${id} --countries DE,AT,CH`,
      }),
    ),
  ];
  return found.length > 0 || clients.length === 0
    ? found
    : [{ level: "ok", what: "every client is bounded" }];
}

/** Telegram's terms ask for the recipient's consent, so the route is passed over without it. */
function consentFindings(clients: readonly ClientRecord[], routes: readonly RouteRules[]): Finding[] {
  const channels = [
    ...new Set(routes.flatMap(({ needsConsent, channel }) => (needsConsent ? [channel] : []))),
  ];
  if (channels.length === 0 || clients.length === 0) return [];
  const missing = clients.flatMap(({ id, consents }) =>
    channels.flatMap((channel) => (consents[channel] === undefined ? [{ id, channel }] : [])),
  );
  if (missing.length === 0) return [{ level: "ok", what: `recorded for ${channels.join(", ")}` }];
  return missing.map(({ id, channel }) => ({
    level: "note",
    what: `${id} has no consent to ${channel} recorded`,
    why: `Its recipients get nothing over ${channel}: for them that failover does not exist.`,
    todo: `otpost clients consent ${id} ${channel} --all --by 'terms of use, section 4', or --list with those who agreed`,
  }));
}
