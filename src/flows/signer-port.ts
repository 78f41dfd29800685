import type { Client } from "./ports.ts";

/** How a sender signs its requests; each has a header and a form of key of its own. */
export type SigningScheme = "zitadel" | "supabase";

/** Whoever signs instead of sending a key. */
export type Signer = { client: Client; keys: readonly string[] };
export type Signers = {
  /** A client with the keys that it may sign with; undefined for an unknown one. @throws StoreUnavailable */
  find: (clientId: string, scheme: SigningScheme) => Promise<Signer | undefined>;
};
