import { isIP } from "node:net";
import { checkServerIdentity, connect, type DetailedPeerCertificate, rootCertificates } from "node:tls";
import { hostOf } from "./address.ts";
import type { Place } from "./dial.ts";
import type { Check, Finding } from "./finding.ts";

const HANDSHAKE_TIMEOUT_MS = 10_000;
const DAY_MS = 86_400_000;
/** Certificates that renew themselves do so 30 days before; one that is nearer has stopped. */
const DAYS_LEFT_MIN = 14;

export type TlsDeps = {
  url: URL;
  place: () => Promise<Place | undefined>;
  /** PEM of CAs that were imported into Nextcloud. */
  extraCas: readonly string[];
  now: () => number;
};

/** The certificate, judged by the CAs that Nextcloud knows: Mozilla's, which Node carries as well. */
export function tlsCheck(deps: TlsDeps): Check {
  return {
    name: "certificate",
    run: async () => {
      if (deps.url.protocol !== "https:") return [];
      const place = await deps.place();
      return place === undefined ? [] : judged(await shaken(deps, place), deps);
    },
  };
}

type Shaken = { error: string | undefined; certificate: DetailedPeerCertificate } | { failed: string };

function shaken({ url, extraCas }: TlsDeps, place: Place): Promise<Shaken> {
  const host = hostOf(url);
  return new Promise((resolve) => {
    const socket = connect({
      ...place,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      // Without the CAs of this machine, which Nextcloud does not read.
      ca: [...rootCertificates, ...extraCas],
      // Looked at here, not refused: everything that is wrong shall be told at once.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    const end = (result: Shaken): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(HANDSHAKE_TIMEOUT_MS, () => end({ failed: "no answer" }));
    socket.once("error", (error: NodeJS.ErrnoException) => end({ failed: error.code ?? error.name }));
    socket.once("secureConnect", () => {
      const error = socket.authorizationError as Error | string | null | undefined;
      const code = error instanceof Error ? ("code" in error ? String(error.code) : error.message) : error;
      end({ error: code ?? undefined, certificate: socket.getPeerCertificate(true) });
    });
  });
}

function judged(result: Shaken, { url, now }: TlsDeps): Finding[] {
  if ("failed" in result) return [noHandshake(url, result.failed)];
  const { certificate, error } = result;
  const found = [
    ...chainFindings(certificate, error),
    ...nameFindings(certificate, hostOf(url)),
    ...ageFindings(certificate, now()),
  ];
  if (found.length > 0) return found;
  const days = daysLeft(certificate, now());
  return [{ level: "ok", what: `the certificate of ${issuerOf(certificate)} holds for ${days} more days` }];
}

function noHandshake({ host }: URL, code: string): Finding {
  return {
    level: "fail",
    what: `${host} does not speak TLS (${code})`,
    why: "Nextcloud gets no connection.",
    todo: "See that the proxy in front of otpost listens there with a certificate; otpost itself speaks plain http.",
  };
}

const EXPIRED = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);
const WHY_CHAIN = "Nextcloud trusts the CAs of Mozilla and those that were imported into it, no others.";
const IMPORT = "`occ security:certificates:import <file>`";

function chainFindings(certificate: DetailedPeerCertificate, error: string | undefined): Finding[] {
  // Age has a finding of its own, with the days.
  if (error === undefined || EXPIRED.has(error)) return [];
  const top = issuerOf(topOf(certificate));
  const isAlone = isIssuedByItself(certificate);
  const isCut = !isAlone && topOf(certificate) === certificate;
  const what = isAlone
    ? "the certificate is signed by itself"
    : `the certificate leads to ${top}, which is no public CA${isCut ? " or is missing in between" : ""}`;
  const todo = isCut
    ? `Send the whole chain (fullchain.pem, not cert.pem). If ${top} is your own CA: ${IMPORT} with its certificate.`
    : `Take a certificate of a public CA, or import the certificate of ${isAlone ? "this server" : top} into Nextcloud: ${IMPORT}.`;
  return [
    {
      level: "fail",
      what: `${what} (${error})`,
      why: WHY_CHAIN,
      todo: `${todo} --ca <file> tries it here.`,
    },
  ];
}

function nameFindings(certificate: DetailedPeerCertificate, host: string): Finding[] {
  if (checkServerIdentity(host, certificate) === undefined) return [];
  const names = certificate.subjectaltname?.replaceAll(/(DNS|IP Address):/g, "") ?? "no name";
  return [
    {
      level: "fail",
      what: `the certificate is for ${names}, not for ${host}`,
      why: "Nextcloud ends the connection before it says anything.",
      todo: `Take a certificate for ${host}, or give Nextcloud the name that is in the certificate.`,
    },
  ];
}

function ageFindings(certificate: DetailedPeerCertificate, now: number): Finding[] {
  const days = daysLeft(certificate, now);
  if (Date.parse(certificate.valid_from) > now) {
    const what = `the certificate is valid from ${certificate.valid_from} on only`;
    return [
      {
        level: "fail",
        what,
        why: "Until then Nextcloud refuses it.",
        todo: "See that the clocks are right.",
      },
    ];
  }
  if (days >= DAYS_LEFT_MIN) return [];
  const isOver = Date.parse(certificate.valid_to) <= now;
  return [
    {
      level: isOver ? "fail" : "warn",
      what: isOver
        ? `the certificate ended on ${certificate.valid_to}`
        : `the certificate ends in ${days} days`,
      why: "Once it has ended no code reaches anybody, and Nextcloud's own log says so only in passing.",
      todo: "Renew it, and see why that did not happen by itself.",
    },
  ];
}

function daysLeft(certificate: DetailedPeerCertificate, now: number): number {
  return Math.floor((Date.parse(certificate.valid_to) - now) / DAY_MS);
}

/** The last certificate that the server sent; one signed by itself names itself as its issuer. */
function topOf(certificate: DetailedPeerCertificate): DetailedPeerCertificate {
  let top = certificate;
  while (top.issuerCertificate && top.issuerCertificate.fingerprint256 !== top.fingerprint256) {
    top = top.issuerCertificate;
  }
  return top;
}

function isIssuedByItself(certificate: DetailedPeerCertificate): boolean {
  return JSON.stringify(certificate.issuer) === JSON.stringify(certificate.subject);
}

function issuerOf({ issuer }: DetailedPeerCertificate): string {
  const named = [issuer.O, issuer.CN].flatMap((part) => part ?? []);
  return named.length > 0 ? named.join(", ") : "an issuer without a name";
}
