import { examineFrom, type FromDeps } from "../../../src/doctor/from.ts";
import type { Checked } from "../../../src/doctor/finding.ts";
import { createDns } from "../../../src/doctor/resolve.ts";
import { anAuthority, type Certificate, issuedBy } from "../../support/certificate.ts";
import { startDnsServer, type Zone } from "../../support/dns-server.ts";
import { aDoorsBundle, type DoorsBundle } from "../../support/doors-bundle.ts";
import { type Meddling, startFront } from "../../support/front.ts";

export const HOST = "otp.example.org";
export const authority = anAuthority("Example CA");
export const good = issuedBy(authority, HOST);

export type World = {
  zone?: Zone;
  /** What the machine knows besides DNS. */
  hosts?: string[];
  certificate?: Certificate | undefined;
  meddle?: Meddling;
  url?: string;
  deps?: Partial<FromDeps>;
};

const PUBLIC: Zone = { [HOST]: { addresses: ["203.0.113.7"] } };

/** A real otpost, behind a proxy and a name server that each look makes anew. */
export async function aDoctor() {
  const bundle: DoorsBundle = await aDoorsBundle();
  return { bundle, close: bundle.close, examined: (world: World = {}) => examined(bundle, world) };
}

async function examined(bundle: DoorsBundle, world: World): Promise<Checked[]> {
  const { zone = PUBLIC, hosts = [], meddle, url = `https://${HOST}`, deps = {} } = world;
  const dnsServer = await startDnsServer(zone);
  const front = await startFront(bundle.url, "certificate" in world ? world.certificate : good, meddle);
  try {
    return await examineFrom({
      url: new URL(url),
      dns: { ...createDns(dnsServer.address), system: async () => hosts },
      allowances: { localServers: false, noPinning: false },
      extraCas: [authority.cert],
      drivers: [],
      now: Date.now,
      reach: () => ({ host: "127.0.0.1", port: front.port }),
      ...deps,
    });
  } finally {
    await front.close();
    await dnsServer.close();
  }
}

export const not = (findings: Checked[], ...levels: string[]) =>
  findings
    .filter(({ level }) => !levels.includes(level))
    .map(({ check, level, what }) => [check, level, what]);

export const of = (findings: Checked[], check: string) =>
  findings.filter((finding) => finding.check === check).map(({ level, what }) => [level, what]);
