import type { Redis } from "ioredis";
import type { DataDir } from "../data-dir.ts";
import { createClientAdmin } from "../redis/client-admin.ts";
import { createClients } from "../redis/clients.ts";
import type { Keys } from "../redis/keys.ts";

const LOCAL_CLIENT = "local";

/** A client to begin with. Its key lies in the data directory, readable by its owner only. */
export async function ensureLocalClient(
  client: Redis,
  keys: Keys,
  dataDir: DataDir,
  telegramConsentBy: string | undefined,
): Promise<string> {
  const known = dataDir.readClientKey();
  if (known !== undefined && (await works(client, keys, known))) return known;
  const admin = createClientAdmin({ client, keys, now: Date.now });
  const exists = (await admin.list()).some((c) => c.id === LOCAL_CLIENT);
  const key = exists
    ? await admin.rotate(LOCAL_CLIENT, 0)
    : await admin.add({ id: LOCAL_CLIENT, name: "Made by otpost up", region: undefined, telegramConsentBy });
  dataDir.writeClientKey(key);
  return key;
}

async function works(client: Redis, keys: Keys, key: string): Promise<boolean> {
  const clients = createClients({ client, keys, elapsed: () => performance.now() });
  const [id = "", secret = ""] = key.split(".");
  return (await clients.authenticate(id, secret)) !== undefined;
}
