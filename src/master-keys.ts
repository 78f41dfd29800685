import type { Config } from "./config.ts";
import type { DataDir } from "./data-dir.ts";
import { createVault, derivedKeys } from "./platform/secret.ts";

/** The present master key first, then those that it replaced. */
export type MasterKeys = () => readonly [Uint8Array, ...Uint8Array[]];

/** From the settings, or from the files of DATA_DIR, which are read each time: a rotation writes them anew. */
export function masterKeysOf(
  { MASTER_KEY, MASTER_KEY_OLD }: Pick<Config, "MASTER_KEY" | "MASTER_KEY_OLD">,
  dataDir: Pick<DataDir, "secret" | "readOldMasterKeys">,
): MasterKeys {
  if (MASTER_KEY) return () => [MASTER_KEY, ...MASTER_KEY_OLD];
  const bytes = (text: string) => Buffer.from(text, "base64url");
  return () => [
    bytes(dataDir.secret("master.key")),
    ...dataDir.readOldMasterKeys().map(bytes),
    ...MASTER_KEY_OLD,
  ];
}

/**
 * What proves that a report comes from the provider it was registered with. It follows from the master key
 * alone: it outlives a lost Redis, and a master key that got known takes it along when it is replaced.
 */
function reportToken(masterKey: Uint8Array, provider: string): string {
  return createVault(() => derivedKeys(masterKey)).hash("report token", provider);
}

/** Newest first by provider; the older ones are taken until their master key is named no longer. */
export function reportTokensOf(
  masterKeys: readonly Uint8Array[],
  providers: readonly { name: string }[],
): ReadonlyMap<string, readonly string[]> {
  return new Map(providers.map(({ name }) => [name, masterKeys.map((key) => reportToken(key, name))]));
}

/** Where each provider's reports have to be sent. */
export function reportUrlsOf(
  tokens: ReadonlyMap<string, readonly string[]>,
  publicUrl: string,
): Record<string, string> {
  return Object.fromEntries(
    [...tokens].map(([name, [token = ""]]) => [name, `${publicUrl}/reports/${name}/${token}`]),
  );
}
