import { isIP } from "node:net";
import { addressCheck, type Allowances, hostOf } from "./address.ts";
import { type Ask, createAsk, type Place } from "./dial.ts";
import { doorsCheck } from "./doors.ts";
import { type Check, type Checked, runChecks } from "./finding.ts";
import { keepAliveCheck } from "./keep-alive.ts";
import { nameCheck } from "./name.ts";
import { redirectCheck } from "./redirect.ts";
import { type Dns, pinnedAddresses } from "./resolve.ts";
import { slashesCheck } from "./slashes.ts";
import { tlsCheck } from "./tls.ts";

export type FromDeps = {
  /** What Nextcloud is given, such as https://otp.example.org; front ends are below it. */
  url: URL;
  dns: Dns;
  allowances: Allowances;
  extraCas: readonly string[];
  /** Front ends to knock at; none means all. */
  drivers: readonly string[];
  now: () => number;
  /** Where a connection to an address really goes. */
  reach?: (place: Place) => Place;
};

/** How a Nextcloud would fare at this address. Nothing is sent to anybody and no key is needed. */
export async function examineFrom(deps: FromDeps): Promise<Checked[]> {
  const { url, dns, allowances } = deps;
  const place = once(() => placeOf(deps));
  const line = once(async () => {
    const found = await place();
    return found && createAsk(url, found);
  });
  const ask = async (): Promise<Ask | undefined> => (await line())?.ask;
  const checks: Check[] = [
    addressCheck(url, allowances),
    nameCheck(dns, hostOf(url), allowances),
    tlsCheck({ ...deps, place }),
    redirectCheck(ask),
    doorsCheck(ask, deps.drivers),
    slashesCheck(ask),
    keepAliveCheck(ask),
  ];
  try {
    return await runChecks(checks);
  } finally {
    (await line())?.close();
  }
}

/** The address that a connection is pinned to; by way of /etc/hosts where DNS has none, to see the rest as well. */
async function placeOf({ url, dns, reach }: FromDeps): Promise<Place | undefined> {
  const host = hostOf(url);
  const addresses = isIP(host) === 0 ? await addressesOf(dns, host) : [host];
  // IPv4 first: every machine has it, and what has IPv6 only has been told already.
  const address = addresses.find((one) => isIP(one) === 4) ?? addresses[0];
  if (address === undefined) return undefined;
  const place = { host: address, port: Number(url.port || (url.protocol === "https:" ? 443 : 80)) };
  return reach ? reach(place) : place;
}

async function addressesOf(dns: Dns, host: string): Promise<string[]> {
  const pinned = await pinnedAddresses(dns, host).catch(() => []);
  return pinned.length > 0 ? pinned : dns.system(host);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
