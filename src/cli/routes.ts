import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import type { SendOutcome } from "../core/outcome.ts";
import { type Msisdn, maskMsisdn, parseMsisdn } from "../core/phone.ts";
import { detailWords } from "../core/words.ts";
import { systemClock } from "../platform/clock.ts";
import { systemRandom } from "../platform/random.ts";
import type { Environment } from "../providers/provider.ts";
import { readerOf } from "../providers/http/from-env.ts";
import { httpFileJsonSchema } from "../providers/http/json-schema.ts";
import { readHttpFileIn } from "../providers/http/read.ts";
import type { HttpFile } from "../providers/http/schema.ts";
import { policyCommands } from "./routes-policy.ts";
import { routeWordCommands } from "./route-words.ts";
import { urlsCommand } from "./routes-urls.ts";
import { previewHttpProvider, sendTrial } from "../providers/http/try.ts";

/** `otpost routes`: what routes do, operators' words on them, report addresses, and providers from files. */
export function routesCommand(): Command {
  const routes = new Command("routes").description(
    "see, stop and force routes; the policy file; addresses of reports; providers that are defined by a file",
  );
  const words = [...routeWordCommands(), ...policyCommands()];
  const commands = [...words, urlsCommand(), testCommand(), schemaCommand()];
  for (const command of commands) routes.addCommand(command);
  return routes;
}

type TestOptions = { to?: Msisdn; yes?: true };

function testCommand(): Command {
  return new Command("test")
    .description("check a provider file and show what it would send; nothing is sent without --yes")
    .argument("<file>", "provider file, such as providers/gatewayapi.json")
    .option("--to <number>", "international number that a message would go to", international)
    .option("--yes", "really send one message with a made-up code to that number; it costs money")
    .addHelpText(
      "after",
      "\nExample:\n  otpost routes test providers/gatewayapi.json --to +4915112345678 --yes",
    )
    .action(async (path: string, options: TestOptions) => {
      const lines = await testHttpProvider(textOf(path), process.env, options);
      process.stdout.write(`${lines.join("\n")}\n`);
    });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new ProviderFileFault(`${path} cannot be read`);
  }
}

function schemaCommand(): Command {
  return new Command("schema")
    .description("print the JSON schema of a provider file, for editors")
    .action(() => void process.stdout.write(httpFileJsonSchema()));
}

/** A file that cannot be used, with every reason on a line of its own. */
export class ProviderFileFault extends Error {
  override readonly name = "ProviderFileFault";
}

/**
 * Checks a provider file and says what it would send; with a number and `yes` it sends.
 * @returns lines for the terminal, without secret, number or code
 * @throws ProviderFileFault with every fault, or when the message was not accepted
 */
export async function testHttpProvider(
  text: string,
  environment: Environment,
  { to, yes }: { to?: Msisdn; yes?: boolean },
): Promise<string[]> {
  if (yes && to === undefined) throw new ProviderFileFault("--yes needs --to <number>: nothing was sent");
  const env = readerOf(environment);
  const read = readHttpFileIn(text, env);
  if ("faults" in read) throw new ProviderFileFault(["The file is not usable:", ...read.faults].join("\n  "));
  const { file } = read;
  const preview = previewHttpProvider(file, env, to);
  const lines = [
    `${file.name} is fit for use as route ${file.route ?? file.name}. It would send:`,
    "",
    `  ${preview.method} ${preview.url}`,
    ...Object.entries(preview.headers).map(([name, value]) => `  ${name}: ${value}`),
    "",
    `  ${preview.body}`,
    "",
  ];
  if (!yes || to === undefined) return [...lines, "Nothing was sent. Send one message: --to <number> --yes"];
  return [...lines, await trial(file, environment, to)];
}

async function trial(file: HttpFile, environment: Environment, to: Msisdn): Promise<string> {
  const proxy = environment["OUTBOUND_PROXY"]?.trim() || undefined;
  // No report URL: nobody waits for the report of a trial.
  const deps = { clock: systemClock, proxy, reportUrl: undefined };
  const reference = `${systemRandom.id()}-1`;
  const outcome = await sendTrial(file, readerOf(environment), to, { reference, deps });
  const sentence = `${maskMsisdn(to)}: ${outcomeWords(outcome)}`;
  if (outcome.kind === "accepted") return sentence;
  throw new ProviderFileFault(sentence);
}

function outcomeWords(outcome: SendOutcome): string {
  const code = outcome.providerCode === undefined ? "" : ` (${outcome.providerCode})`;
  switch (outcome.kind) {
    case "accepted":
      return `accepted${code}, message id ${outcome.providerMessageId ?? "not given"}`;
    case "refused":
    case "unavailable":
      return `${outcome.kind}${code}: ${detailWords(outcome.reason)}`;
    case "uncertain":
      return `uncertain${code}: ${detailWords(outcome.cause)}. It may have been sent.`;
  }
}

function international(value: string): Msisdn {
  const number = parseMsisdn(value, undefined);
  if (typeof number === "string") return number;
  throw new InvalidArgumentError("Use one international number, such as +4915112345678.");
}
