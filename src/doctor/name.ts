import { isIP, isIPv4 } from "node:net";
import type { Allowances } from "./address.ts";
import type { Check, Finding } from "./finding.ts";
import { isLocalAddress } from "./local.ts";
import { type Dns, DnsSilent, pinnedAddresses } from "./resolve.ts";

/** Where the name leads, as Nextcloud's DNS pinning sees it. */
export function nameCheck(dns: Dns, host: string, allowances: Allowances): Check {
  return {
    name: "name",
    run: async () => {
      if (isIP(host) !== 0) return [];
      if (allowances.localServers || allowances.noPinning) return unpinned(await dns.system(host), host);
      try {
        return pinned(await pinnedAddresses(dns, host), await dns.system(host), host);
      } catch (error) {
        if (error instanceof DnsSilent) return [silent(host, error.message)];
        throw error;
      }
    },
  };
}

/** Pinning is off, so curl resolves as the machine does. */
function unpinned(addresses: readonly string[], host: string): Finding[] {
  if (addresses.length > 0) return [led(addresses, host), ...sixOnly(addresses, host)];
  return [
    {
      level: "fail",
      what: `${host} leads nowhere, neither in DNS nor in /etc/hosts of this machine`,
      why: "Nextcloud cannot find otpost.",
      todo: "Add the name to DNS, or to /etc/hosts of Nextcloud's machine (in its container, if it runs in one).",
    },
  ];
}

function pinned(addresses: readonly string[], system: readonly string[], host: string): Finding[] {
  if (addresses.length === 0) return [system.length > 0 ? hostsOnly(host) : nowhere(host)];
  const locals = addresses.filter(isLocalAddress);
  return locals.length > 0
    ? [leadsInside(locals, host)]
    : [led(addresses, host), ...sixOnly(addresses, host)];
}

function led(addresses: readonly string[], host: string): Finding {
  return { level: "ok", what: `${host} leads to ${addresses.join(", ")}` };
}

const NO_PINNING = "set dns_pinning to false in config.php, which lets Nextcloud resolve as the machine does";

function hostsOnly(host: string): Finding {
  return {
    level: "fail",
    what: `${host} is known to this machine, but not to DNS`,
    why: "Nextcloud asks DNS and never /etc/hosts (or extra_hosts of a compose file), and refuses what has no record.",
    todo: `Add an A or AAAA record for ${host}, or ${NO_PINNING}.`,
  };
}

function nowhere(host: string): Finding {
  return {
    level: "fail",
    what: `${host} has neither an A nor an AAAA record`,
    why: "Nextcloud asks DNS before each call and refuses a name without a record.",
    todo: `Add an A or AAAA record for ${host}; a resolver that others use is asked by --dns <address>.`,
  };
}

/** One is enough: the whole call is refused. Source: nextcloud/server, DnsPinMiddleware. */
function leadsInside(locals: readonly string[], host: string): Finding {
  return {
    level: "fail",
    what: `${host} leads to ${locals.join(", ")}, inside a private or reserved network`,
    why: "Nextcloud refuses a name as soon as one of its addresses is local ('violates local access rules').",
    todo: `Let the name lead to a public address; or ${NO_PINNING} (the smaller hole), or set allow_local_remote_servers (the larger one). --no-pinning or --allow-local tell this command that it is so.`,
  };
}

function sixOnly(addresses: readonly string[], host: string): Finding[] {
  if (addresses.some((address) => isIPv4(address))) return [];
  return [
    {
      level: "warn",
      what: `${host} has IPv6 addresses only`,
      why: "A Nextcloud without IPv6, as in Docker's default networks, cannot reach it.",
      todo: "Add an A record, or give Nextcloud's server (and its containers) IPv6.",
    },
  ];
}

function silent(host: string, code: string): Finding {
  return {
    level: "fail",
    what: `DNS did not say where ${host} leads (${code})`,
    why: "Nextcloud asks DNS before each call; without an answer no code is sent.",
    todo: "See that a resolver answers on this machine, or name one by --dns <address>.",
  };
}
