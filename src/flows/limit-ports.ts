import type { Msisdn } from "../core/phone.ts";

/** What accept needs to turn a request away, and to remember that it did. */

/** Limits that the store counts with every new delivery. */
export type LimitName = "recipient_limit" | "prefix_limit" | "client_limit" | "spend_cap";

/** Prefixes of numbers that an operator blocked. */
export type Blocks = {
  /** "unread" where they could never be read: nothing is known of the number then. Never fails. */
  match: (recipient: Msisdn) => Promise<"blocked" | "free" | "unread">;
};

/** One request that was turned away, as the help desk asks for it. */
export type RefusedRequest = {
  at: number;
  clientId: string;
  /** Front end; absent for the native API. */
  door?: string | undefined;
  /** Our stable code for it. */
  reason: string;
};

export type LimitPorts = { blocks: Blocks; refusals: Pick<Refusals, "record"> };

export type Refusals = {
  /** Taken down soon, in the background: the answer does not wait for it. */
  record: (recipient: Msisdn, refused: RefusedRequest) => void;
  /** Newest first, of the last 24 h. @param clientId only this client's @throws StoreUnavailable */
  recall: (recipient: Msisdn, clientId?: string) => Promise<RefusedRequest[]>;
};
