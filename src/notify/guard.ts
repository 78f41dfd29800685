import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { FORBIDDEN, type ResolvePlace } from "../providers/connection.ts";
import { addressKind } from "./private-addresses.ts";

/** Keeps events from places inside: an address is judged where a connection begins, not where it was registered. */

/** Of an URL; longer ones are refused by servers anyway. */
const URL_MAX = 2_048;

export type Guard = {
  /** What is wrong with an address, as far as it tells by itself. Nothing is asked for it. */
  fault: (text: string) => string | undefined;
  /** Named in EVENTS_ALLOW_PRIVATE: called straight, past a proxy that leads outside. */
  isListed: (host: string) => boolean;
  /** The addresses of a host, all of which may be called. @throws ForbiddenPlace, or what DNS said */
  resolve: ResolvePlace;
};

class ForbiddenPlace extends Error {
  override readonly name = "ForbiddenPlace";
  readonly code = FORBIDDEN;
}

type Allowed = { hosts: ReadonlySet<string>; networks: BlockList };

/**
 * @param allowPrivate hosts and networks of EVENTS_ALLOW_PRIVATE, already checked
 * @param lookUp as this machine does, /etc/hosts included; another one in tests only
 */
export function createGuard(
  allowPrivate: readonly string[],
  lookUp: (host: string) => Promise<LookupAddress[]> = (host) => lookup(host, { all: true }),
): Guard {
  const allowed = allowedPlaces(allowPrivate);
  return {
    fault: (text) => faultOf(text, allowed),
    isListed: (host) => isListed(bare(host), allowed),
    resolve: async (host) => {
      const family = isIP(host);
      const addresses = family === 0 ? await lookUp(host) : [{ address: host, family }];
      const mayAll =
        addresses.length > 0 && addresses.every(({ address }) => mayCall(host, address, allowed));
      if (!mayAll) throw new ForbiddenPlace("The host leads to an address that must not be called");
      return addresses;
    },
  };
}

/** A name stands for itself, a network for its addresses. */
function allowedPlaces(entries: readonly string[]): Allowed {
  const networks = new BlockList();
  const hosts = new Set<string>();
  for (const entry of entries) {
    const [address = "", bits] = entry.split("/");
    const family = isIP(address);
    if (family === 0) hosts.add(entry.toLowerCase());
    else networks.addSubnet(address, Number(bits ?? (family === 4 ? 32 : 128)), `ipv${family === 4 ? 4 : 6}`);
  }
  return { hosts, networks };
}

/** A named host is somebody's own server; even so it may not turn out to be a metadata service. */
function mayCall(host: string, address: string, allowed: Allowed): boolean {
  const kind = addressKind(address);
  if (kind === "public" || isNamed(address, allowed)) return true;
  return kind === "inside" && allowed.hosts.has(host.toLowerCase());
}

function isNamed(address: string, { networks }: Allowed): boolean {
  return networks.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}

function isListed(host: string, allowed: Allowed): boolean {
  return allowed.hosts.has(host.toLowerCase()) || (isIP(host) !== 0 && isNamed(host, allowed));
}

/** Without the brackets of IPv6 and the dot of a name that is whole. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

function faultOf(text: string, allowed: Allowed): string | undefined {
  const url = URL.canParse(text) && text.length <= URL_MAX ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return `must be an https URL of at most ${URL_MAX} characters`;
  if (url.username + url.password + url.hash !== "") return "must not hold a user, a password or a fragment";
  return hostFault(url, allowed);
}

// The parser of URLs has read decimal, octal and hexadecimal spellings of IPv4 as what they are.
function hostFault(url: URL, allowed: Allowed): string | undefined {
  const host = bare(url.hostname);
  if (url.protocol === "http:" && !isListed(host, allowed)) {
    return "must begin with https; http is for hosts that EVENTS_ALLOW_PRIVATE names";
  }
  if (isIP(host) !== 0 && !mayCall(host, host, allowed)) {
    return "is a private or reserved address; if it is meant, name it in EVENTS_ALLOW_PRIVATE";
  }
  return undefined;
}
