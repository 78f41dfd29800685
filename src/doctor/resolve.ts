import { lookup, Resolver } from "node:dns/promises";

/** DNS itself, as Nextcloud asks it: never /etc/hosts, which its DNS pinning does not read. */
export type Dns = {
  a: (name: string) => Promise<string[]>;
  aaaa: (name: string) => Promise<string[]>;
  cname: (name: string) => Promise<string[]>;
  /** What this machine itself would use, /etc/hosts included. Empty when there is nothing. */
  system: (name: string) => Promise<string[]>;
};

/** DNS was asked and could not tell: that is no answer, not an empty one. */
export class DnsSilent extends Error {
  override readonly name = "DnsSilent";
}

const QUERY_TIMEOUT_MS = 2_000;
const TRIES = 2;

/** @param server address of a resolver such as the one of Nextcloud's machine, or undefined for this machine's */
export function createDns(server: string | undefined): Dns {
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: TRIES });
  if (server !== undefined) resolver.setServers([server]);
  return {
    a: (name) => answered(resolver.resolve4(name)),
    aaaa: (name) => answered(resolver.resolve6(name)),
    cname: (name) => answered(resolver.resolveCname(name)),
    system: async (name) => {
      const found = await lookup(name, { all: true }).catch(() => []);
      return found.map(({ address }) => address);
    },
  };
}

/** Source: c-ares: ENOTFOUND is NXDOMAIN, ENODATA a name without this kind of record. */
async function answered(query: Promise<string[]>): Promise<string[]> {
  try {
    return await query;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    if (code === "ENOTFOUND" || code === "ENODATA") return [];
    throw new DnsSilent(code, { cause: error });
  }
}

/** Source: nextcloud/server, DnsPinMiddleware, which follows ten names. */
const CNAMES_MAX = 10;

/** A and AAAA records, by way of CNAME where the resolver does not follow it. @throws DnsSilent */
export async function pinnedAddresses(dns: Dns, name: string, depth = 0): Promise<string[]> {
  if (depth >= CNAMES_MAX) return [];
  const [four, six] = await Promise.all([dns.a(name), dns.aaaa(name)]);
  const found = [...four, ...six];
  if (found.length > 0) return found;
  const targets = await dns.cname(name);
  const behind = await Promise.all(targets.map((target) => pinnedAddresses(dns, target, depth + 1)));
  return behind.flat();
}
