import type { Redis } from "ioredis";
import { StoreUnavailable } from "../flows/ports.ts";
import { createVault, type DataKeys, derivedKeys, UnknownSealKey, type Vault } from "../platform/secret.ts";
import {
  keyRingOf,
  type KeyRing,
  masterKeyId,
  newKeyRing,
  openKeyRing,
  parseKeyRing,
  prunedKeyRing,
  turnedKeyRing,
} from "./key-ring.ts";
import type { Keys } from "./keys.ts";
import { defineScript } from "./script.ts";
import { reachable } from "./unavailable.ts";

/** A vault whose keys may be read again, when something was sealed with newer ones. */
export type KeptVault = Vault & {
  /** @throws StoreUnavailable, KeyRingFault */
  refresh: () => Promise<void>;
};

export class KeyRingFault extends Error {
  override readonly name = "KeyRingFault";
}

export type KeyStoreDeps = {
  client: Redis;
  keys: Keys;
  /** The present master key first, then earlier ones. Asked anew each time: they may lie in a file. */
  masterKeys: () => readonly Uint8Array[];
  now: () => number;
};

export type KeyStore = ReturnType<typeof createKeyStore>;

/**
 * Reads the first ring or makes it. Installations from before the ring have counters: theirs are the keys that
 * followed from their master key. KEYS ring, counts   ARGV 1 new ring, 2 ring of derived keys
 */
const READ = `
local ring = redis.call('GET', KEYS[1])
if ring then return ring end
ring = redis.call('EXISTS', KEYS[2]) == 1 and ARGV[2] or ARGV[1]
redis.call('SET', KEYS[1], ring)
return ring
`;

/** Another process may have turned the ring in between. KEYS ring   ARGV 1 as it was read, 2 as it shall be */
const REPLACE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`;

/** The ring in Redis, and the data keys that this process read from it. */
export function createKeyStore(deps: KeyStoreDeps) {
  const read = defineScript(deps.client, "keyRingRead", READ);
  const replace = defineScript(deps.client, "keyRingReplace", REPLACE);
  const ring = async (): Promise<{ text: string; ring: KeyRing }> => {
    const text = String(await reachable(() => read([deps.keys.keyRing, deps.keys.counts], firstRings(deps))));
    return { text, ring: parseKeyRing(text) };
  };
  const store = async (text: string, to: KeyRing): Promise<boolean> =>
    (await reachable(() => replace([deps.keys.keyRing], [text, JSON.stringify(to)]))) === 1;

  let known: DataKeys | undefined;
  const refresh = async (): Promise<void> => {
    const { text, ring: current } = await ring();
    const pruned = prunedKeyRing(current, deps.now());
    known = opened(pruned, deps.masterKeys());
    // Destroyed for all: what it sealed is gone from the store.
    if (pruned !== current) await store(text, pruned);
  };
  return {
    ...createVault(() => {
      if (known) return known;
      throw new StoreUnavailable("The keys of this installation have not been read yet");
    }),
    isOpen: () => known !== undefined,
    refresh: oneAtATime(refresh),
    ring: async () => (await ring()).ring,
    /** Wraps the keys with the present master key and begins a new generation. @throws KeyRingFault */
    turn: async (): Promise<KeyRing> => {
      const { text, ring: current } = await ring();
      const masterKeys = deps.masterKeys();
      const turned = turnedKeyRing(current, opened(current, masterKeys), present(masterKeys), deps.now());
      if (!(await store(text, turned)))
        throw new KeyRingFault("Another rotation is under way: nothing was done");
      await refresh();
      return turned;
    },
  };
}

/** The ring may have turned since this process read it, or was not read yet: then it is read again. */
export async function withFreshKeys<T>(vault: Pick<KeptVault, "refresh">, open: () => T): Promise<T> {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof UnknownSealKey) && !(error instanceof StoreUnavailable)) throw error;
    await vault.refresh();
    return open();
  }
}

/** What a first start stores. Whoever starts with earlier master keys as well had derived keys of the oldest. */
function firstRings({ masterKeys, now }: KeyStoreDeps): [string, string] {
  const all = masterKeys();
  const [masterKey, oldest] = [present(all), all.at(-1) ?? present(all)];
  const rings = [newKeyRing(masterKey, now()), keyRingOf(derivedKeys(oldest), oldest, now())];
  return [JSON.stringify(rings[0]), JSON.stringify(rings[1])];
}

function opened(ring: KeyRing, masterKeys: readonly Uint8Array[]): DataKeys {
  const keys = openKeyRing(ring, masterKeys);
  if (keys) return keys;
  throw new KeyRingFault(
    `The keys in Redis are wrapped with master key ${ring.wrappedBy}; this process has ` +
      `${masterKeys.map(masterKeyId).join(", ")}. Name the right one in MASTER_KEY or MASTER_KEY_OLD.`,
  );
}

function present(masterKeys: readonly Uint8Array[]): Uint8Array {
  const [masterKey] = masterKeys;
  if (!masterKey) throw new KeyRingFault("There is no master key");
  return masterKey;
}

/** Many jobs may find at once that the ring has turned. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  };
}
