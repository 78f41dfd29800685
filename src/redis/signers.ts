import type { Signers, SigningScheme } from "../flows/signer-port.ts";
import { type ClientCacheDeps, createClientCache } from "./client-cache.ts";
import { type ClientRecord, toClient } from "./client-record.ts";
import { type KeptVault, withFreshKeys } from "./key-store.ts";
import { openSigningKey } from "./signing-keys.ts";

type Deps = ClientCacheDeps & { vault: Pick<KeptVault, "open" | "refresh"> };

/** Keys that requests are signed with; opened for each request, so that none lies open in memory for long. */
export function createSigners(deps: Deps): Signers {
  const cached = createClientCache(deps);
  return {
    find: async (clientId, scheme) => {
      const { record } = await cached(clientId);
      return record && { client: toClient(record), keys: await opened(deps.vault, record, scheme) };
    },
  };
}

async function opened(
  vault: Deps["vault"],
  record: ClientRecord,
  scheme: SigningScheme,
): Promise<readonly string[]> {
  const sealed = (record.signing ?? []).filter((key) => key.scheme === scheme);
  return withFreshKeys(vault, () => sealed.map((key) => openSigningKey(vault, record.id, key)));
}
