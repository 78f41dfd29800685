import type { Delivery } from "../core/delivery.ts";
import type { Msisdn } from "../core/phone.ts";

/** Newest first. `more`: there are older ones than these. */
export type Found = { deliveries: Delivery[]; more: boolean };

/** What is known of a number that nothing was found for. Instants are epoch ms. */
export type Silence = {
  /** Everything since then was searched. */
  searchedSince: number;
  /** The newest deliveries of clients, to whatever number; the newest of the wanted one alone. Newest first. */
  lastSent: { clientId: string; at: number }[];
  /** A login was reported as delivered there; known for 30 days. */
  lastLoginAt?: number;
};

/** Finds deliveries of the last three days by what a help desk is told. All may throw StoreUnavailable. */
export type Finder = {
  byNumber: (recipient: Msisdn, clientId?: string) => Promise<Found>;
  /** The client's own word for a delivery. */
  byReference: (reference: string, clientId?: string) => Promise<Found>;
  /** @param provider all of them when absent: two providers may use the same id */
  byMessage: (messageId: string, provider?: string) => Promise<Found>;
  /** Also by the reference of an attempt, which is what providers show. */
  byId: (id: string) => Promise<Delivery | undefined>;
  silence: (recipient: Msisdn | undefined, clientId?: string) => Promise<Silence>;
};
