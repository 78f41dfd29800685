import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const hex = (text: string) => Buffer.from(text, "hex");
const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);

const ECDSA_SHA256 = sequence(hex("06082a8648ce3d040302"));
const COMMON_NAME = hex("0603550403");
const ALT_NAME = hex("0603551d11");
const BASIC_CONSTRAINTS = hex("0603551d13");
const TRUE = hex("0101ff");

export type Certificate = { key: string; cert: string };
export type Authority = Certificate & { name: string; privateKey: KeyObject };
type Validity = { from?: Date; until?: Date };

/** A certificate that nobody trusts, for `host`. The key lives for the test only. */
export function selfSigned(host: string, validity: Validity = {}): Certificate {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return certificate({
    name: host,
    issuer: host,
    signer: keys.privateKey,
    keys,
    validity,
    extension: hostNames(host),
  });
}

/** A CA that can issue certificates; trusted by whoever is given its `cert`. */
export function anAuthority(name: string): Authority {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const extension = sequence(BASIC_CONSTRAINTS, TRUE, der(0x04, sequence(TRUE)));
  const own = certificate({ name, issuer: name, signer: keys.privateKey, keys, validity: {}, extension });
  return { ...own, name, privateKey: keys.privateKey };
}

export function issuedBy(authority: Authority, host: string, validity: Validity = {}): Certificate {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { name: issuer, privateKey: signer } = authority;
  return certificate({ name: host, issuer, signer, keys, validity, extension: hostNames(host) });
}

function hostNames(host: string): Buffer {
  return sequence(ALT_NAME, der(0x04, sequence(der(0x82, Buffer.from(host)))));
}

type Parts = {
  name: string;
  issuer: string;
  signer: KeyObject;
  keys: { privateKey: KeyObject; publicKey: KeyObject };
  validity: Validity;
  extension: Buffer;
};

function certificate({ name, issuer, signer, keys, validity, extension }: Parts): Certificate {
  const { from = new Date("2020-01-01"), until = new Date("2049-01-01") } = validity;
  const body = sequence(
    der(0xa0, hex("020102")),
    hex("020101"),
    ECDSA_SHA256,
    distinguished(issuer),
    sequence(utcTime(from), utcTime(until)),
    distinguished(name),
    keys.publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(extension)),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, signer));
  const lines =
    sequence(body, ECDSA_SHA256, signature)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return {
    key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n"),
  };
}

function distinguished(name: string): Buffer {
  return sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(name)))));
}

function utcTime(at: Date): Buffer {
  const digits = at.toISOString().replaceAll(/[-:T]/g, "");
  return der(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}
