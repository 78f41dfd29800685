import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { Command, InvalidArgumentError } from "commander";
import { DOORS } from "../doctor/doors.ts";
import { type Checked, isWell } from "../doctor/finding.ts";
import { examineFrom } from "../doctor/from.ts";
import { createDns } from "../doctor/resolve.ts";

type Options = {
  from: URL;
  driver: string[];
  dns?: string;
  ca: string[];
  allowLocal?: true;
  pinning: boolean;
  json?: true;
};

/** `otpost doctor`: what would keep codes from getting through, and what to do about it. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("look at an address as a Nextcloud would, and say what keeps codes from getting through")
    .requiredOption(
      "--from <url>",
      "address that Nextcloud is given, such as https://otp.example.org",
      httpUrl,
    )
    .option("--driver <name>", "look at this front end only; may be repeated", driver, [])
    .option("--dns <address>", "ask this resolver, such as the one of Nextcloud's machine", ipAddress)
    .option("--ca <file>", "CA that was imported into Nextcloud (PEM); may be repeated", pem, [])
    .option("--allow-local", "allow_local_remote_servers is true in its config.php")
    .option("--no-pinning", "dns_pinning is false in its config.php")
    .option("--json", "print one line of JSON")
    .addHelpText(
      "after",
      "\nRun it on the machine (in the container) of the Nextcloud where you can. It needs no key and sends nothing.\nExits 1 if it found a fault.",
    )
    .action(async (options: Options) => {
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
        : [...found.flatMap(findingLines), verdict(found)];
      process.stdout.write(`${lines.join("\n")}\n`);
      process.exitCode = ok ? 0 : 1;
    });
}

/** A finding for the terminal: one line, and two more where something is to do. */
export function findingLines(finding: Checked): string[] {
  const head = `${finding.level.padEnd(8)}${finding.check.padEnd(12)}${finding.what}`;
  if (finding.level === "ok") return [head];
  return [head, `${" ".repeat(20)}${finding.why}`, `${" ".repeat(20)}-> ${finding.todo}`];
}

function verdict(found: readonly Checked[]): string {
  const count = (level: Checked["level"]) => found.filter((finding) => finding.level === level).length;
  const [faults, warnings] = [count("fault"), count("warning")];
  if (faults > 0) return `\n${faults} fault(s) keep codes from getting through.`;
  return warnings > 0 ? `\nNo fault, ${warnings} warning(s).` : "\nNothing to do.";
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
