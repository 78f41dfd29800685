import type { Redis } from "ioredis";
import type { Msisdn } from "../core/phone.ts";
import type { Consents } from "../flows/ports.ts";
import type { Vault } from "../platform/secret.ts";
import type { Keys } from "./keys.ts";
import { orKnown } from "./patience.ts";

/** A request waits no longer: with the writes after it, its answer still comes within 1.2 s. */
const ASKED_MAX_MS = 100;

/** The lists of numbers whose owners agreed to a channel, one Redis set each. */
export function createConsents(client: Redis, keys: Keys, vault: Vault): Consents {
  const has = async (clientId: string, channel: string, recipient: Msisdn) =>
    (await client.sismember(keys.consent(clientId, channel), consentMember(vault, recipient))) === 1;
  return {
    has: (clientId, channel, recipient) =>
      orKnown(
        has(clientId, channel, recipient).catch(() => undefined),
        undefined,
        ASKED_MAX_MS,
      ),
  };
}

/** The keyed hash of a number as bytes: a list of hundreds of thousands has them in memory for good. */
export function consentMember(vault: Vault, recipient: Msisdn): Buffer {
  return Buffer.from(vault.hash("recipient", recipient), "base64url");
}
