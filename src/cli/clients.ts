import { Command, InvalidArgumentError } from "commander";
import type { ClientLimits } from "../core/limits.ts";
import { isRegion } from "../core/phone.ts";
import { createClientAdmin, type ClientAdmin } from "../redis/client-admin.ts";
import { recordedConsents, type RecordedConsent } from "../redis/consent-admin.ts";
import { consentCommand, consentWords } from "./consent.ts";
import { isUnlimited, limitsCommand, limitWords, unlimitedWords } from "./limits.ts";
import { noted } from "./audited.ts";
import { type RedisSession, withRedis } from "./redis-session.ts";
import { signingCommand } from "./signing.ts";

const DAY_MS = 86_400_000;

/** `otpost clients`: the systems that may send codes, and their keys. */
export function clientsCommand(): Command {
  return new Command("clients")
    .description("the systems that may send codes, and their keys")
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(rotateCommand())
    .addCommand(revokeCommand())
    .addCommand(limitsCommand())
    .addCommand(consentCommand())
    .addCommand(signingCommand());
}

function addCommand(): Command {
  return new Command("add")
    .description("register a client and print its key, once")
    .argument("<id>", "short name, such as cloud", clientId)
    .option("--name <name>", "name for people")
    .option("--region <code>", "country of national numbers, such as DE", region)
    .option("--telegram-consent <who>", "who recorded that the recipients agreed to be reached on Telegram")
    .option("--json", "print one line of JSON")
    .addHelpText("after", "\nExample:\n  otpost clients add cloud --region DE --name 'Our Nextcloud'")
    .action(
      async (
        id: string,
        options: { name?: string; region?: string; telegramConsent?: string; json?: true },
      ) => {
        const { name = id, region: code, telegramConsent } = options;
        const key = await administer(async (admin, session) => {
          const made = await admin.add({ id, name, region: code, telegramConsentBy: telegramConsent });
          await noted(session, "client.add", { target: id });
          return made;
        });
        const warning = unlimitedWords(id);
        if (options.json) return print(JSON.stringify({ clientId: id, apiKey: key, warning }));
        print(`Key of ${id}, shown once:\n${key}`);
        // Not on standard output, which scripts read the key from.
        process.stderr.write(`${warning}\n`);
      },
    );
}

function listCommand(): Command {
  return new Command("list")
    .description("all clients with the ids of their keys")
    .option("--json", "print JSON, one client a line")
    .action(async (options: { json?: true }) => {
      const clients = await listed();
      if (clients.length === 0 && !options.json)
        print("There are no clients. Add one: otpost clients add <id>");
      for (const client of clients) print(options.json ? JSON.stringify(client) : clientLine(client));
    });
}

/** Hashes of keys are no secrets, but nobody needs them on a screen. */
async function listed() {
  return withRedis(async ({ client, keys }) => {
    const records = await createClientAdmin({ client, keys, now: Date.now }).list();
    return Promise.all(
      records.map(async (record) => ({
        ...record,
        consents: await recordedConsents({ client, keys }, record),
        keys: record.keys.map(({ id, createdAt, expiresAt }) => ({ id, createdAt, expiresAt })),
        signing: (record.signing ?? []).map(({ scheme, id, createdAt }) => ({ scheme, id, createdAt })),
      })),
    );
  });
}

type Shown = {
  id: string;
  name: string;
  region?: string | undefined;
  consents: RecordedConsent[];
  limits?: ClientLimits | undefined;
  keys: { id: string; expiresAt?: number | undefined }[];
  signing: { scheme: string; id: string }[];
};

function clientLine({ id, name, region: code, consents, limits, keys, signing }: Shown): string {
  const ends = (at: number | undefined) => (at === undefined ? "" : ` until ${new Date(at).toISOString()}`);
  const list = keys.map((key) => `${key.id}${ends(key.expiresAt)}`).join(", ");
  const consent = consents.map(consentWords).join(", ") || "no consents";
  const signs = signing.map((key) => `, ${key.id} (${key.scheme})`).join("");
  const limit = `${isUnlimited(limits) ? "Warning: " : ""}${limitWords(limits)}`;
  return `${id}\t${name}\t${code ?? "international numbers only"}\tkeys: ${list || "none"}${signs}\t${consent}\t${limit}`;
}

function rotateCommand(): Command {
  return new Command("rotate")
    .description("make a new key; the old ones work on for a while")
    .argument("<id>", "client", clientId)
    .option("--grace-hours <hours>", "how long the old keys still work", hours, 24)
    .option("--json", "print one line of JSON")
    .action(async (id: string, options: { graceHours: number; json?: true }) => {
      const { graceHours } = options;
      const key = await administer(async (admin, session) => {
        const made = await admin.rotate(id, graceHours * (DAY_MS / 24));
        await noted(session, "client.rotate", { target: id, detail: { graceHours } });
        return made;
      });
      print(
        options.json
          ? JSON.stringify({ clientId: id, apiKey: key })
          : `New key of ${id}, shown once:\n${key}`,
      );
    });
}

function revokeCommand(): Command {
  return new Command("revoke")
    .description("end keys at once (within a second)")
    .argument("<id>", "client", clientId)
    .option("--key <key id>", "only this key (see: otpost clients list)")
    .option("--json", "print one line of JSON")
    .action(async (id: string, options: { key?: string; json?: true }) => {
      const revoked = await administer(async (admin, session) => {
        const ended = await admin.revoke(id, options.key);
        await noted(session, "client.revoke", { target: id, detail: { keys: ended } });
        return ended;
      });
      print(options.json ? JSON.stringify({ clientId: id, revoked }) : `Revoked ${revoked} key(s) of ${id}.`);
    });
}

async function administer<T>(work: (admin: ClientAdmin, session: RedisSession) => Promise<T>): Promise<T> {
  return withRedis((session) => work(createClientAdmin({ ...session, now: Date.now }), session));
}

function clientId(value: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(value)) return value;
  throw new InvalidArgumentError("Use 1 to 64 letters, digits, - or _.");
}

function region(value: string): string {
  if (isRegion(value)) return value.toUpperCase();
  throw new InvalidArgumentError("Use a two-letter country code, such as DE.");
}

function hours(value: string): number {
  const parsed = Number(value);
  if (Number.isFinite(parsed) && parsed >= 0 && parsed <= 8_760) return parsed;
  throw new InvalidArgumentError("Use hours from 0 to 8760.");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
