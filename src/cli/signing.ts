import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { Argument, Command } from "commander";
import type { SigningScheme } from "../flows/signer-port.ts";
import { ClientFault } from "../redis/client-fault.ts";
import { createSigningAdmin, type SigningKey } from "../redis/signing-keys.ts";
import { noted } from "./audited.ts";
import { type KeySession, withKeys } from "./redis-session.ts";

type Options = { key?: string; generate?: true; drop?: string; json?: true };

/** `otpost clients signing`: the keys by which an identity provider signs instead of sending a client's key. */
export function signingCommand(): Command {
  return new Command("signing")
    .description("keys by which an identity provider signs its requests; two are live at a time")
    .argument("<client>", "client")
    .addArgument(new Argument("<scheme>", "who signs").choices(["zitadel", "supabase"]))
    .option("--key <value>", "the key that the provider showed; - reads it from standard input")
    .option("--generate", "make a key for supabase and print it, once")
    .option("--drop <id>", "end one key at once")
    .option("--json", "print one line of JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (clientId: string, scheme: SigningScheme, options: Options) => {
      const lines = await carriedOut(clientId, scheme, options);
      process.stdout.write(`${options.json ? JSON.stringify(lines.json) : lines.words}\n`);
    });
}

const EXAMPLES = `
A new key works beside the one before it; the one before that ends. Keys are stored sealed.

Examples:
  otpost clients signing cloud zitadel --key - < key.txt
  otpost clients signing cloud supabase --generate
  otpost clients signing cloud supabase --drop 3fa9c1`;

type Said = { json: Record<string, unknown>; words: string };

async function carriedOut(clientId: string, scheme: SigningScheme, options: Options): Promise<Said> {
  const named = [options.key, options.generate, options.drop].filter((value) => value !== undefined);
  if (named.length > 1) throw new ClientFault("Only one of --key, --generate, --drop at a time");
  if (options.drop !== undefined) return dropped(clientId, scheme, options.drop);
  if (named.length === 0) return listed(clientId, scheme);
  return added(clientId, scheme, options.key);
}

/** @param given as an option or `-`; undefined makes one */
async function added(clientId: string, scheme: SigningScheme, given: string | undefined): Promise<Said> {
  const key = given === undefined ? generated(scheme) : READERS[scheme](fromOption(given));
  const { id, replaced } = await withAdmin(async (admin, session) => {
    const made = await admin.add(clientId, scheme, key);
    await noted(session, "client.signing_add", { target: clientId, detail: { scheme, id: made.id } });
    return made;
  });
  const shown = given === undefined ? { key: `v1,${key}` } : {};
  const ended = replaced.length === 0 ? "" : ` Key ${replaced.join(", ")} has ended.`;
  const once = shown.key === undefined ? "" : `\nSecret of the hook, shown once:\n${shown.key}`;
  return {
    json: { clientId, scheme, id, replaced, ...shown },
    words: `Key ${id} is live for ${clientId}.${ended}${once}`,
  };
}

function generated(scheme: SigningScheme): string {
  if (scheme === "supabase") return `whsec_${randomBytes(32).toString("base64")}`;
  throw new ClientFault("Zitadel makes its signing key itself: give it with --key");
}

/** Standard input keeps a key out of the shell's history and the list of processes. */
function fromOption(value: string): string {
  return (value === "-" ? readFileSync(0, "utf8") : value).trim();
}

/** The key as it will be used. The messages do not repeat it. */
const READERS: Record<SigningScheme, (value: string) => string> = {
  zitadel: (value) => {
    if (/^[!-~]{16,200}$/.test(value)) return value;
    throw new ClientFault("A signing key of Zitadel has 16 to 200 visible ASCII characters");
  },
  // Source: standardwebhooks.com, specification 1.0.0: 24 to 64 bytes.
  supabase: (value) => {
    const base64 = /^(?:v1,)?whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value)?.[1] ?? "";
    const bytes = Buffer.from(base64, "base64");
    const isWhole = bytes.toString("base64") === base64 && bytes.length >= 24 && bytes.length <= 64;
    if (isWhole) return `whsec_${base64}`;
    throw new ClientFault("A secret of a hook is v1,whsec_ and 24 to 64 bytes in base64");
  },
};

async function dropped(clientId: string, scheme: SigningScheme, id: string): Promise<Said> {
  await withAdmin(async (admin, session) => {
    await admin.drop(clientId, scheme, id);
    await noted(session, "client.signing_drop", { target: clientId, detail: { scheme, id } });
  });
  return { json: { clientId, scheme, dropped: id }, words: `Key ${id} of ${clientId} has ended.` };
}

async function listed(clientId: string, scheme: SigningScheme): Promise<Said> {
  const keys = (await withAdmin((admin) => admin.list(clientId, scheme))).map(shownKey);
  const lines = keys.map(({ id, createdAt }) => `${id}\tsince ${createdAt}`);
  const none = `${clientId} has no ${scheme} key. See: otpost clients signing --help`;
  return { json: { clientId, scheme, keys }, words: lines.length === 0 ? none : lines.join("\n") };
}

function shownKey({ id, createdAt }: SigningKey) {
  return { id, createdAt: new Date(createdAt).toISOString() };
}

type Work<T> = (admin: ReturnType<typeof createSigningAdmin>, session: KeySession) => Promise<T>;

async function withAdmin<T>(work: Work<T>): Promise<T> {
  return withKeys((session) =>
    work(createSigningAdmin({ ...session, vault: session.store, now: Date.now }), session),
  );
}
