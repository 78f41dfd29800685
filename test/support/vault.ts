import { createVault, derivedKeys } from "../../src/platform/secret.ts";
import type { KeptVault } from "../../src/redis/key-store.ts";

/** A vault whose keys never turn. */
export function aVault(masterKey: Uint8Array): KeptVault {
  const keys = derivedKeys(masterKey);
  return { ...createVault(() => keys), refresh: async () => undefined };
}
