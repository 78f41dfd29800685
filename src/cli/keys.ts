import { Command } from "commander";
import { ConfigFault } from "../config.ts";
import { masterKeysOf } from "../master-keys.ts";
import { GENERATION_KEPT_MS, type KeyRing, masterKeyId } from "../redis/key-ring.ts";
import { createEndpointAdmin } from "../redis/endpoint-admin.ts";
import { createSigningAdmin } from "../redis/signing-keys.ts";
import { noted } from "./audited.ts";
import { type KeySession, withKeys } from "./redis-session.ts";

/** `otpost keys`: the master key and the data keys that it wraps. */
export function keysCommand(): Command {
  return new Command("keys")
    .description("the master key and the data keys that it wraps")
    .addCommand(showCommand())
    .addCommand(rotateCommand())
    .addCommand(forgetCommand());
}

function showCommand(): Command {
  return new Command("show")
    .description("which master key wraps the data keys, and since when each of them seals; no key is shown")
    .option("--json", "print one line of JSON")
    .action(async (options: { json?: true }) => {
      const shown = await withKeys(async (session) => state(session, await session.store.ring()));
      print(options.json ? JSON.stringify(shown) : words(shown));
    });
}

function rotateCommand(): Command {
  return new Command("rotate")
    .description("replace the master key; living codes and recorded consents go on as they are")
    .option("--json", "print one line of JSON")
    .addHelpText(
      "after",
      "\nWith master.key in DATA_DIR a new one is made there. With MASTER_KEY: put a new key there and the" +
        "\npresent one into MASTER_KEY_OLD, restart every process with both, then run this.",
    )
    .action(async (options: { json?: true }) => {
      const shown = await withKeys(async (session) => {
        await replaceMasterKey(session);
        const ring = await session.store.turn();
        const sealing = { ...session, vault: session.store, now: Date.now };
        await createSigningAdmin(sealing).reseal();
        await createEndpointAdmin(sealing).reseal();
        await noted(session, "keys.rotate", { target: ring.wrappedBy });
        return state(session, ring);
      });
      print(options.json ? JSON.stringify(shown) : `${words(shown)}\n${AFTER}`);
    });
}

const AFTER = `
Left to do:
  1. Restart every process that has not been given the new master key yet.
  2. Give providers their new report addresses: otpost routes urls. The old ones work until step 3.
  3. Take MASTER_KEY_OLD out of the settings, or run otpost keys forget-old; restart, and destroy the old key.`;

function forgetCommand(): Command {
  return new Command("forget-old")
    .description(
      "delete replaced master keys from DATA_DIR; their report addresses end with the next restart",
    )
    .action(async () => {
      const hadSome = await withKeys(async (session) => {
        const { dataDir, store, config } = session;
        const [present] = masterKeysOf(config, dataDir)();
        const { wrappedBy } = await store.ring();
        if (wrappedBy !== masterKeyId(present)) {
          throw new ConfigFault([
            `MASTER_KEY: an old key (${wrappedBy}) is still in use: otpost keys rotate`,
          ]);
        }
        const dropped = dataDir.dropOldMasterKeys();
        if (dropped) await noted(session, "keys.forget_old");
        return dropped;
      });
      print(hadSome ? "The replaced master keys are gone from DATA_DIR." : "There were none in DATA_DIR.");
    });
}

/** A key from the settings is the operator's to change: every process has to be given the new one first. */
async function replaceMasterKey({ config, dataDir, store }: KeySession): Promise<void> {
  if (!config.MASTER_KEY) return dataDir.replaceMasterKey();
  if ((await store.ring()).wrappedBy !== masterKeyId(config.MASTER_KEY)) return;
  throw new ConfigFault([
    "MASTER_KEY: it is the one in use. Make a new one (openssl rand -base64 32), put the present one into " +
      "MASTER_KEY_OLD, restart every process with both, and run this again",
  ]);
}

type State = {
  masterKey: string;
  /** Whether the data keys still need a key of MASTER_KEY_OLD. */
  rotated: boolean;
  oldMasterKeys: string[];
  generations: { generation: number; sealsSince: string; destroyedAt: string | undefined }[];
};

function state({ config, dataDir }: KeySession, ring: KeyRing): State {
  const [present, ...old] = masterKeysOf(config, dataDir)();
  return {
    masterKey: ring.wrappedBy,
    rotated: ring.wrappedBy === masterKeyId(present),
    oldMasterKeys: old.map(masterKeyId),
    generations: ring.seals.map(({ generation, madeAt }, i) => {
      const next = ring.seals[i + 1];
      return {
        generation,
        sealsSince: instant(madeAt),
        destroyedAt: next && instant(next.madeAt + GENERATION_KEPT_MS),
      };
    }),
  };
}

function words({ masterKey, rotated, oldMasterKeys, generations }: State): string {
  return [
    `Master key ${masterKey} wraps the data keys${rotated ? "" : ", which is an old one: otpost keys rotate"}.`,
    ...(oldMasterKeys.length === 0 ? [] : [`Old master keys still named: ${oldMasterKeys.join(", ")}`]),
    ...generations.map(
      ({ generation, sealsSince, destroyedAt }) =>
        `Generation ${generation}\tsince ${sealsSince}\t${destroyedAt ? `destroyed ${destroyedAt}` : "seals"}`,
    ),
  ].join("\n");
}

function instant(at: number): string {
  return new Date(at).toISOString();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
