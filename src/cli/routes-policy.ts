import { Command, InvalidArgumentError, Option } from "commander";
import type { Purpose } from "../core/delivery.ts";
import { callingCodeOf, type Msisdn, parseMsisdn } from "../core/phone.ts";
import { type Config, readConfig } from "../config.ts";
import { policyDiff } from "../policy/diff.ts";
import { explain } from "../policy/explain.ts";
import type { Policy } from "../policy/ground.ts";
import { policyJsonSchema } from "../policy/json-schema.ts";
import { readPolicy } from "../policy/read.ts";
import { policyPath, policyText } from "../policy-file.ts";
import { createClientAdmin } from "../redis/client-admin.ts";
import { withRedis } from "./redis-session.ts";

/** A policy that cannot be used, with every reason on a line of its own. */
export class PolicyFault extends Error {
  override readonly name = "PolicyFault";
}

/** `otpost routes check`, `explain`, `diff` and `policy-schema`: the operator's file before it holds. */
export function policyCommands(): Command[] {
  return [checkCommand(), explainCommand(), diffCommand(), policySchemaCommand()];
}

function checkCommand(): Command {
  return new Command("check")
    .description("check a policy file; nothing changes")
    .argument("[file]", "policy file; POLICY or otpost.config.yaml when left out")
    .option("--clients", "ask the Redis of this installation whether the clients exist that it names")
    .action(async (path: string | undefined, { clients: asks }: { clients?: true }) => {
      const config = readConfig(process.env, { policy: "unread" });
      const clients = asks ? await clientIds() : undefined;
      const policy = policyOf(config, path ?? policyPath(process.env), clients);
      for (const warning of policy.warnings) print(`warning: ${warning}`);
      print(`${policy.path} is fit for use (${policy.hash}).`);
    });
}

type ExplainOptions = { client?: string; purpose: Purpose };

function explainCommand(): Command {
  return new Command("explain")
    .description("show which plan a number would get, with every route and its figures")
    .argument("<number>", "international number, such as +4915112345678; nothing is sent", international)
    .option("--client <id>", "client that sends")
    .addOption(
      new Option("--purpose <purpose>", "what the code is for")
        .choices(["login", "enrolment", "test"])
        .default("login"),
    )
    .action((number: Msisdn, { client = "", purpose }: ExplainOptions) => {
      const { policy } = readConfig(process.env);
      const subject = { clientId: client, callingCode: callingCodeOf(number), purpose };
      print(
        `Policy  ${policy.path === undefined ? "none: the environment alone" : `${policy.path} (${policy.hash})`}`,
      );
      for (const line of explain(policy, subject)) print(line);
    });
}

function diffCommand(): Command {
  return new Command("diff")
    .description("show what another policy file would change; exit code 1 where it has faults")
    .argument("<file>", "the file that would take the place of the one in force")
    .action((path: string) => {
      const config = readConfig(process.env);
      const lines = policyDiff(config.policy, policyOf(config, path));
      for (const line of lines) print(line);
      if (lines.length === 0) print("Nothing would change.");
    });
}

function policySchemaCommand(): Command {
  return new Command("policy-schema")
    .description("print the JSON schema of the policy file, for editors")
    .action(() => void process.stdout.write(policyJsonSchema()));
}

/** @throws PolicyFault with every fault */
function policyOf({ ground }: Config, path: string | undefined, clients?: readonly string[]): Policy {
  if (path === undefined) {
    throw new PolicyFault("There is no policy file: name one, set POLICY or write otpost.config.yaml");
  }
  const text = policyText(path);
  const read =
    text === undefined ? { faults: [`${path} cannot be read`] } : readPolicy(text, { path, ground, clients });
  if ("policy" in read) return read.policy;
  throw new PolicyFault(["The policy is not usable:", ...read.faults].join("\n  "));
}

async function clientIds(): Promise<string[]> {
  return withRedis(async ({ client, keys }) => {
    const records = await createClientAdmin({ client, keys, now: Date.now }).list();
    return records.map(({ id }) => id);
  });
}

function international(value: string): Msisdn {
  const number = parseMsisdn(value, undefined);
  if (typeof number === "string") return number;
  throw new InvalidArgumentError("Use one international number, such as +4915112345678.");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
