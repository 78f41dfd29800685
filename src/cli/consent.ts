import { Argument, Command } from "commander";
import { type Msisdn, parseMsisdn } from "../core/phone.ts";
import { loadClient } from "../redis/client-change.ts";
import { ClientFault } from "../redis/client-fault.ts";
import { type ConsentAdmin, createConsentAdmin, type RecordedConsent } from "../redis/consent-admin.ts";
import { badLines, faultWords, NumberListFault, readNumberList } from "./number-list.ts";
import { noted } from "./audited.ts";
import { withKeys, withRedis } from "./redis-session.ts";

/** Channels that are only used where the recipient agreed. */
const CHANNELS = ["telegram"];

type Options = {
  all?: true;
  list?: string;
  add?: string;
  remove?: string;
  withdraw?: true;
  by?: string;
  skipBad?: true;
  json?: true;
};

const ACTIONS = ["all", "list", "add", "remove", "withdraw"] as const;
type Action = (typeof ACTIONS)[number];

/** `otpost clients consent`: who agreed to be reached on a channel, by whose word, and since when. */
export function consentCommand(): Command {
  return new Command("consent")
    .description("show or record which recipients agreed to be reached on Telegram")
    .argument("<client>", "client")
    .addArgument(new Argument("[channel]", "channel to record for").choices(CHANNELS))
    .option("--all", "all recipients of the client agreed")
    .option(
      "--list <file>",
      "those in a file agreed, one number a line, - is standard input; replaces any list",
    )
    .option("--add <number>", "one more agreed")
    .option("--remove <number>", "one agrees no longer")
    .option("--withdraw", "nobody agrees any longer; the list is deleted")
    .option("--by <who>", "who records it; needed for --all, --list and --add")
    .option("--skip-bad", "leave out lines of a list that cannot be used, instead of storing nothing")
    .option("--json", "print one line of JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (clientId: string, channel: string | undefined, options: Options) => {
      const action = actionOf(channel, options);
      if (action && channel) await changed(clientId, channel, action, options);
      const recorded = await withAdmin(clientId, (admin) => admin.show(clientId));
      print(options.json ? JSON.stringify({ clientId, consents: recorded }) : words(clientId, recorded));
    });
}

const EXAMPLES = `
Numbers are kept as keyed hashes only. A change counts for codes that are taken on a second later.

Examples:
  otpost clients consent cloud
  otpost clients consent cloud telegram --all --by 'terms of use, section 4'
  otpost clients consent cloud telegram --list agreed.txt --by 'HR, survey of May'
  otpost clients consent cloud telegram --remove '0151 12345678'`;

/** @throws ClientFault when the options do not say exactly one thing */
function actionOf(channel: string | undefined, options: Options): Action | undefined {
  const [action, ...more] = ACTIONS.filter((name) => options[name] !== undefined);
  const fault = more.length > 0 ? `Only one of ${FLAGS} at a time` : missing(channel, action, options.by);
  if (fault) throw new ClientFault(fault);
  return action;
}

const FLAGS = ACTIONS.map((name) => `--${name}`).join(", ");
const NAMED: readonly Action[] = ["all", "list", "add"];

function missing(channel: string | undefined, action: Action | undefined, by = ""): string | undefined {
  if (!action) return channel && `Say what to record for ${channel}: one of ${FLAGS}`;
  if (!channel) return `Name the channel: ${CHANNELS.join(", ")}`;
  return NAMED.includes(action) && by.trim() === "" ? `--${action} needs --by <who>` : undefined;
}

type Work<T> = (admin: ConsentAdmin, region: string | undefined) => Promise<T>;

/** With the client's region, by which national numbers are read. */
async function withAdmin<T>(clientId: string, work: Work<T>): Promise<T> {
  return withKeys(async ({ client, keys, store }) => {
    const { region } = await loadClient({ client, keys }, clientId);
    return work(createConsentAdmin({ client, keys, vault: store, now: Date.now }), region);
  });
}

async function changed(clientId: string, channel: string, action: Action, options: Options): Promise<void> {
  await change(clientId, channel, action, options);
  const detail = { channel, ...(options.by === undefined ? {} : { by: options.by }) };
  await withRedis((session) => noted(session, `client.consent_${action}`, { target: clientId, detail }));
}

async function change(clientId: string, channel: string, action: Action, options: Options): Promise<void> {
  const { by = "", list = "", add = "", remove = "" } = options;
  switch (action) {
    case "all":
      return withAdmin(clientId, (admin) => admin.recordAll(clientId, channel, by));
    case "list":
      return withAdmin(clientId, (admin, region) =>
        recordList(admin, { clientId, channel, by, path: list, region, options }),
      );
    case "add":
      return withAdmin(clientId, async (admin, region) => {
        const isNew = await admin.addNumber(clientId, channel, numberOf(add, region), by);
        tell(options, isNew ? "The number was added." : "The number was on the list already.");
      });
    case "remove":
      return withAdmin(clientId, async (admin, region) => {
        const wasThere = await admin.removeNumber(clientId, channel, numberOf(remove, region));
        tell(options, wasThere ? "The number was removed." : "The number was not on the list.");
      });
    case "withdraw":
      return withAdmin(clientId, async (admin) => {
        const wasThere = await admin.withdraw(clientId, channel);
        tell(options, wasThere ? "The consent was withdrawn." : "There was nothing to withdraw.");
      });
  }
}

type ListRecord = {
  clientId: string;
  channel: string;
  by: string;
  path: string;
  region: string | undefined;
  options: Options;
};

/** All or nothing, unless --skip-bad: a list with a hole in it would look like a withdrawal to somebody. */
async function recordList(admin: ConsentAdmin, record: ListRecord): Promise<void> {
  const { clientId, channel, by, path, region, options } = record;
  const list = await admin.beginList(clientId, channel);
  try {
    const reading = await readNumberList(path, {
      region,
      take: list.add,
      onProgress: (lines) => process.stderr.write(`${lines} lines\n`),
    });
    if (reading.bad > 0) process.stderr.write(`${badLines(reading).join("\n")}\n`);
    if (reading.bad > 0 && !options.skipBad) {
      throw new NumberListFault(
        `${reading.bad} of ${reading.lines} lines cannot be used: nothing was stored. Mend them or add --skip-bad`,
      );
    }
    if (reading.numbers === 0) throw new NumberListFault("The list holds no number: nothing was stored");
    const stored = await list.commit(by);
    const doubles = reading.numbers - stored;
    tell(options, `${stored} numbers were recorded (${doubles} given twice, ${reading.bad} lines left out).`);
  } finally {
    await list.discard();
  }
}

function numberOf(text: string, region: string | undefined): Msisdn {
  const number = parseMsisdn(text, region);
  if (typeof number === "string") return number;
  throw new NumberListFault(`What was given ${faultWords(number.fault)}`);
}

function words(clientId: string, recorded: readonly RecordedConsent[]): string {
  if (recorded.length === 0) {
    return `${clientId} has no consent recorded: its codes go by SMS only. See: otpost clients consent --help`;
  }
  return recorded.map((consent) => consentWords(consent)).join("\n");
}

/** Such as `telegram: 3120 numbers, by HR, 2026-11-25T...`. */
export function consentWords({ channel, numbers, by, at, added }: RecordedConsent): string {
  const whom = numbers === undefined ? "all recipients" : `${numbers} numbers`;
  const who = (one: { by: string; at: number }) => `by ${one.by}, ${new Date(one.at).toISOString()}`;
  const last = added ? `; last one added ${who(added)}` : "";
  return `${channel}: ${whom}, ${who({ by, at })}${last}`;
}

/** Results are for people; with --json only the last line counts. */
function tell(options: Options, line: string): void {
  if (!options.json) print(line);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
