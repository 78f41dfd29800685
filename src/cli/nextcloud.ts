import { Command } from "commander";
import { ConfigFault, readConfig } from "../config.ts";
import { addressConcerns } from "../doctor/address.ts";
import type { Finding } from "../doctor/finding.ts";
import { FRONT_ENDS } from "../http/compat/table.ts";
import { DRIVERS, type Driver, setupOf, type Setup } from "../nextcloud/drivers.ts";
import { createClientAdmin } from "../redis/client-admin.ts";
import { loadClient } from "../redis/client-change.ts";
import { ClientFault } from "../redis/client-fault.ts";
import { withRedis } from "./redis-session.ts";

type Options = { driver?: string; newKey?: true; json?: true };

/** Stands for the key where none was made: only its hash is stored. */
const PLACEHOLDER = "<key>";
const DAY_MS = 86_400_000;

/** `otpost nextcloud <client>`: the lines that make a Nextcloud send through this otpost. */
export function nextcloudCommand(): Command {
  return new Command("nextcloud")
    .description("print the occ lines that make a Nextcloud send through this otpost")
    .argument("<client>", "client that stands for the Nextcloud, such as cloud")
    .option(
      "--driver <name>",
      `one of ${usable()
        .map(({ door }) => door)
        .join(", ")}; all when not given`,
    )
    .option(
      "--new-key",
      "make a new key and put it into the lines, once; earlier keys work for 24 more hours",
    )
    .option("--json", "print one line of JSON")
    .addHelpText("after", "\nExample:\n  otpost nextcloud cloud --driver huawei --new-key")
    .action(async (clientId: string, options: Options) => {
      const page = await pageOf(clientId, options);
      process.stdout.write(options.json ? `${JSON.stringify(page)}\n` : `${lines(page).join("\n")}\n`);
    });
}

type Page = {
  clientId: string;
  name: string;
  region: string | null;
  publicUrl: string;
  /** Only when it was just made. */
  key: string | null;
  setups: Setup[];
  findings: Finding[];
};

async function pageOf(clientId: string, options: Options): Promise<Page> {
  // Before anything is made: a new key shall not be lost in an error.
  const drivers = chosen(options.driver);
  const publicUrl = publicUrlOf();
  return withRedis(async ({ client, keys }) => {
    const { name, region = null } = await loadClient({ client, keys }, clientId);
    const admin = createClientAdmin({ client, keys, now: Date.now });
    const key = options.newKey ? await admin.rotate(clientId, DAY_MS) : null;
    const target = { publicUrl, clientId, key: key ?? PLACEHOLDER };
    return {
      clientId,
      name,
      region,
      publicUrl,
      key,
      setups: drivers.map((driver) => setupOf(driver, target)),
      findings: addressConcerns(new URL(publicUrl), { localServers: false, noPinning: false }),
    };
  });
}

function usable(): Driver[] {
  return DRIVERS.filter(({ door }) => FRONT_ENDS.some(({ name }) => name === door));
}

/** @throws ClientFault */
function chosen(name: string | undefined): Driver[] {
  const found = usable().filter(({ door }) => name === undefined || door === name);
  if (found.length > 0) return found;
  const known = usable().map(({ door }) => door);
  throw new ClientFault(`There is no driver of this name. There are: ${known.join(", ")}`);
}

/** @throws ConfigFault */
function publicUrlOf(): string {
  const { PUBLIC_URL } = readConfig(process.env, { policy: "unread" });
  if (PUBLIC_URL !== undefined) return PUBLIC_URL;
  throw new ConfigFault([
    "PUBLIC_URL: set it to the address that Nextcloud reaches otpost at, such as https://otp.example.org",
  ]);
}

function lines(page: Page): string[] {
  const { clientId, name, region, publicUrl, key, setups, findings } = page;
  const numbers = region === null ? "international numbers only" : `national numbers of ${region}`;
  return [
    `# Nextcloud as client ${clientId} (${name}, ${numbers}), through ${publicUrl}`,
    key === null
      ? `# <key>: the key of ${clientId}, shown when it was made. A new one: --new-key`
      : "# The key in these lines is new and shown once. Earlier ones work for 24 more hours.",
    ...setups.flatMap((setup, index) => setupLines(setup, isAlternative(setups, index))),
    ...(findings.length > 0 ? ["", "# What Nextcloud will make of this address"] : []),
    ...findings.flatMap(findingLines),
    "",
    `# Look at it as Nextcloud does: otpost doctor --from ${publicUrl}`,
  ];
}

/** One provider serves SMS: of several ways only the first may take effect when the output is run as a script. */
function isAlternative(setups: readonly Setup[], index: number): boolean {
  return setups.findIndex(({ gateway }) => gateway === setups[index]?.gateway) < index;
}

function setupLines({ title, versions, exposes, commands, tests }: Setup, isInstead: boolean): string[] {
  return [
    "",
    `# ${isInstead ? "Instead: " : ""}${title}: ${versions}. Exposes ${exposes}.`,
    ...commands.map((command) => (isInstead ? `# ${command}` : command)),
    ...tests.map(({ versions: which, command }) => `# Try it (${which}): ${command}`),
  ];
}

/** As comments, so that the whole output may be kept as a script. */
function findingLines(finding: Finding): string[] {
  if (finding.level === "ok") return [];
  return [`# ${finding.level}: ${finding.what}`, `#   ${finding.why}`, `#   -> ${finding.todo}`];
}
