import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { type Command, InvalidArgumentError } from "commander";
import { DOORS } from "../doctor/doors.ts";
import { isWell } from "../doctor/finding.ts";
import { examineFrom } from "../doctor/from.ts";
import { createDns } from "../doctor/resolve.ts";
import { findingLines, verdict } from "./doctor-lines.ts";

export type FromOptions = {
  from?: URL;
  driver: string[];
  dns?: string;
  ca: string[];
  allowLocal?: true;
  pinning: boolean;
  json?: true;
};

export function fromOptions(command: Command): Command {
  return command
    .option("--from <url>", "look at an address that Nextcloud is given, as Nextcloud does", httpUrl)
    .option("--driver <name>", "with --from: look at this front end only; may be repeated", driver, [])
    .option("--dns <address>", "with --from: ask this resolver, such as Nextcloud's", ipAddress)
    .option("--ca <file>", "with --from: CA that was imported into Nextcloud (PEM)", pem, [])
    .option("--allow-local", "with --from: allow_local_remote_servers is true in its config.php")
    .option("--no-pinning", "with --from: dns_pinning is false in its config.php");
}

/** How a Nextcloud would fare at an address. */
export async function runFrom(options: FromOptions & { from: URL }): Promise<void> {
  const found = await examineFrom({
    url: options.from,
    dns: createDns(options.dns),
    allowances: { localServers: options.allowLocal === true, noPinning: !options.pinning },
    extraCas: options.ca,
    drivers: options.driver,
    now: Date.now,
  });
  const ok = isWell(found);
  const lines = options.json
    ? [JSON.stringify({ url: options.from.href, ok, findings: found })]
    : [...found.flatMap((finding) => findingLines(finding)), verdict(found)];
  process.stdout.write(`${lines.join("\n")}\n`);
  process.exitCode = ok ? 0 : 1;
}

function httpUrl(value: string): URL {
  if (/^https?:\/\/[^?#]+$/.test(value) && URL.canParse(value)) return new URL(value);
  throw new InvalidArgumentError("Use an http(s) address without a query, such as https://otp.example.org.");
}

function driver(value: string, before: string[]): string[] {
  const names = DOORS.map(({ name }) => name);
  if (names.includes(value)) return [...before, value];
  throw new InvalidArgumentError(`Use one of ${names.join(", ")}.`);
}

function ipAddress(value: string): string {
  const [, host = value] = /^\[?([^\]]*?)\]?(?::\d+)?$/.exec(isIP(value) === 0 ? value : "") ?? [];
  if (isIP(value) !== 0 || isIP(host) !== 0) return value;
  throw new InvalidArgumentError("Use the address of a resolver, such as 192.0.2.53 or 192.0.2.53:5353.");
}

function pem(path: string, before: string[]): string[] {
  const text = readPem(path);
  if (text.includes("-----BEGIN CERTIFICATE-----")) return [...before, text];
  throw new InvalidArgumentError(`${path} is no readable PEM file with a certificate.`);
}

function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
