import type { ReportHook, ReportHooks } from "../../providers/provider.ts";
import type { Check, Finding } from "../finding.ts";

/** Where one provider's reports have to be sent, and how that can be seen to. */
export type Registration = {
  provider: string;
  hooks: ReportHooks;
  /** With the token of the present master key; undefined where no provider can reach us, or shall not. */
  url: string | undefined;
  /** With those of earlier master keys, which are still taken. */
  olderUrls: readonly string[];
};

/** What would mend the registration. */
export type Repair = { add: string } | { remove: string; url: string };

export function hooksCheck({ provider, hooks, url, olderUrls }: Registration): Check {
  return {
    name: `hook-${provider}`,
    run: async (signal) => {
      if (url === undefined) return [unreported(provider)];
      const list = await hooks.list(signal);
      if (list === undefined) return [unread(provider)];
      return hookFindings(list, { provider, url, olderUrls });
    },
  };
}

type Wanted = Pick<Registration, "provider" | "olderUrls"> & { url: string };

export function hookFindings(list: readonly ReportHook[], wanted: Wanted): Finding[] {
  const { provider, url } = wanted;
  const right = list.filter((hook) => hook.url === url && hook.takesReports);
  const live = right.filter(({ enabled }) => enabled);
  const stale = ofOurs(list, wanted);
  if (live.length === 0) return [missing(right.length > 0, stale, list, wanted)];
  const found = [
    ...(live.length > 1 ? [doubled(provider)] : []),
    ...stale.map((hook) => staleFinding(hook, provider)),
  ];
  return found.length > 0
    ? found
    : [{ level: "ok", what: `${provider} sends its reports to ${hidden(url)}` }];
}

/** Adds what is missing, then takes away what is ours and leads nowhere. Hooks of others stay. */
export function repairsOf(list: readonly ReportHook[], wanted: Wanted): Repair[] {
  const right = list.filter((hook) => hook.url === wanted.url && hook.takesReports);
  const live = right.filter(({ enabled }) => enabled);
  const [, ...spare] = live;
  const off = right.filter(({ enabled }) => !enabled);
  const gone = [...spare, ...off, ...ofOurs(list, wanted)];
  return [
    ...(live.length === 0 ? [{ add: wanted.url }] : []),
    ...gone.map(({ id, url }) => ({ remove: id, url })),
  ];
}

/** At our own address with a token that we do not take, or will not for long. */
function ofOurs(list: readonly ReportHook[], { url }: Wanted): ReportHook[] {
  const base = url.slice(0, url.lastIndexOf("/") + 1);
  return list.filter((hook) => hook.takesReports && hook.url.startsWith(base) && hook.url !== url);
}

/** The token at the end of the path proves that a report is genuine. */
export function hidden(url: string): string {
  return url.replace(/[^/]*$/, "***");
}

const REPAIR = "otpost doctor --repair";
const WHY_NONE =
  "Without reports every code seems to be lost: it is sent again by the next route, and paid twice.";

function missing(
  isOff: boolean,
  stale: readonly ReportHook[],
  list: readonly ReportHook[],
  { provider, url, olderUrls }: Wanted,
): Finding {
  const isOld = stale.some((hook) => olderUrls.includes(hook.url));
  // Another address of an otpost: the installation moved, or PUBLIC_URL is wrong.
  const elsewhere = list.find((hook) => hook.takesReports && hook.url.includes(`/reports/${provider}/`));
  const what = isOff
    ? `${provider} has switched the hook to ${hidden(url)} off`
    : stale.length > 0
      ? `the hook at ${provider} has ${isOld ? "the token of an earlier master key" : "a token that is not taken"}`
      : elsewhere
        ? `the hook at ${provider} leads to ${hidden(elsewhere.url)}, not to ${hidden(url)}`
        : `no hook is registered at ${provider}`;
  return {
    level: isOld ? "warn" : "fail",
    what,
    why: isOld ? "It ends with MASTER_KEY_OLD, and reports with it." : WHY_NONE,
    todo: elsewhere && stale.length === 0 ? `${REPAIR}, or set PUBLIC_URL right` : REPAIR,
  };
}

function doubled(provider: string): Finding {
  return {
    level: "warn",
    what: `the hook is registered more than once at ${provider}`,
    why: "Each report comes that often; it does no harm but load.",
    todo: REPAIR,
  };
}

function staleFinding({ enabled }: ReportHook, provider: string): Finding {
  return {
    level: "note",
    what: `${provider} has another hook at this address, with an old token${enabled ? "" : " (off)"}`,
    why: "What it sends there is answered with 404 once that token is taken no longer.",
    todo: REPAIR,
  };
}

function unreported(provider: string): Finding {
  return {
    level: "note",
    what: `${provider} is asked for reports, it sends none`,
    why: "That works without an address of ours, and shows what became of a code some seconds later.",
    todo: "Where providers can reach otpost: set PUBLIC_URL, REPORTS=push, then otpost doctor --repair.",
  };
}

function unread(provider: string): Finding {
  return {
    level: "warn",
    what: `${provider} does not tell where it sends reports`,
    why: "The key may lack the right to hooks, so nobody knows whether reports come.",
    todo: "Give the key the scope hooks, or compare by hand: otpost routes urls",
  };
}
