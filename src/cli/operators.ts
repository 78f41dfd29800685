import { Command, Option } from "commander";
import { type Role, ROLES } from "../core/operator.ts";
import { createOperatorAdmin, type OperatorAdmin, type OperatorRecord } from "../redis/operators.ts";
import { noted, userName } from "./audited.ts";
import { lasting } from "./durations.ts";
import { type RedisSession, withRedis } from "./redis-session.ts";

const DAY_MS = 86_400_000;
const VALID = { usualMs: 90 * DAY_MS, maxMs: 730 * DAY_MS };

/** `otpost operators`: people and tools that log in at the operator listener with a token of their own. */
export function operatorsCommand(): Command {
  return new Command("operators")
    .description("who may log in at the operator listener with a token, and what they may do")
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

type AddOptions = { role: Role; valid: number; json?: true };

function addCommand(): Command {
  return new Command("add")
    .description("give somebody a role and print the token, once; only its hash is kept")
    .argument("<name>", "1 to 64 letters, digits, - or _, such as kim or prometheus")
    .addOption(
      new Option("--role <role>", "what they may do; each role may do what those before it may")
        .choices(ROLES)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--valid <time>", "how long the token is valid, such as 12h; 730d at most")
        .argParser(lasting(VALID.maxMs))
        .default(VALID.usualMs, "90d"),
    )
    .option("--json", "print one line of JSON")
    .addHelpText("after", NOTES)
    .action(async (name: string, { role, valid: validMs, json }: AddOptions) => {
      const by = `cli:${userName()}`;
      const token = await administer(async (admin, session) => {
        const made = await admin.add({ name, role, validMs, by });
        await noted(session, "operator.add", { target: name, detail: { role, validMs } });
        return made;
      });
      const until = instant(Date.now() + validMs);
      print(
        json
          ? JSON.stringify({ name, role, until, token })
          : `Token of ${name}, role ${role}, until ${until}, shown once:\n${token}`,
      );
    });
}

const NOTES = `
viewer sees figures, routes and the queue board; helpdesk finds deliveries and sends again; operator changes routes
and blocks, sees whole numbers and runs drills; admin has keys, clients, operators and the audit.

Examples:
  otpost operators add kim --role helpdesk
  otpost operators add prometheus --role viewer --valid 365d`;

function listCommand(): Command {
  return new Command("list")
    .description("all operators with a token: role, end, who added them")
    .option("--json", "print JSON, one operator a line")
    .addHelpText("after", "\nExample:\n  otpost operators list")
    .action(async ({ json }: { json?: true }) => {
      const operators = await administer((admin) => admin.list());
      if (operators.length === 0 && !json)
        print("There are none. Add one: otpost operators add <name> --role helpdesk");
      for (const one of operators) print(json ? JSON.stringify(shown(one)) : line(one));
    });
}

function revokeCommand(): Command {
  return new Command("revoke")
    .description("end a token and whatever is open with it, within a second")
    .argument("<name>", "operator (see: otpost operators list)")
    .option("--json", "print one line of JSON")
    .addHelpText("after", "\nExample:\n  otpost operators revoke kim")
    .action(async (name: string, { json }: { json?: true }) => {
      await administer(async (admin, session) => {
        await admin.revoke(name);
        await noted(session, "operator.revoke", { target: name });
      });
      print(json ? JSON.stringify({ revoked: name }) : `The token of ${name} has ended.`);
    });
}

async function administer<T>(work: (admin: OperatorAdmin, session: RedisSession) => Promise<T>): Promise<T> {
  return withRedis((session) => work(createOperatorAdmin({ ...session, now: Date.now }), session));
}

/** The hash is no secret, but nobody needs it on a screen. */
function shown({ name, role, createdAt, expiresAt, by }: OperatorRecord) {
  return { name, role, createdAt: instant(createdAt), expiresAt: instant(expiresAt), by };
}

function line({ name, role, expiresAt, by }: OperatorRecord): string {
  const ends = expiresAt > Date.now() ? `until ${instant(expiresAt)}` : "over";
  return `${name}\t${role}\t${ends}\tadded by ${by}`;
}

function instant(at: number): string {
  return new Date(at).toISOString();
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
