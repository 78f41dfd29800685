import type { Admission } from "../core/circuit.ts";
import type { ClientEvent } from "../core/client-event.ts";
import type { Delivery } from "../core/delivery.ts";
import type { ClientLimits } from "../core/limits.ts";
import type { Content } from "../core/message.ts";
import type { Cost, LookUp, SendOutcome } from "../core/outcome.ts";
import type { Msisdn } from "../core/phone.ts";
import type { Report } from "../core/report.ts";
import type { Conditions } from "../core/route.ts";
import type { Rules } from "../core/rules.ts";
import type { Events } from "./events.ts";
import type { Jobs } from "./job-port.ts";
import type { LimitName, LimitPorts } from "./limit-ports.ts";
import type { Figures } from "./figures-port.ts";
import type { Health, QuietRoutes } from "./health-port.ts";
import type { RouteOrder } from "./order-plan.ts";

/** What the flows need of the world. Every port has an implementation that a conformance suite holds. */

/** Wall clock in epoch ms; `elapsed` is monotonic and only good for differences. */
export type Clock = { now: () => number; elapsed: () => number };

/** `fraction` is uniform in [0, 1); `id` is a UUIDv7. */
export type Random = { fraction: () => number; id: () => string };

/** What a provider is asked to bring to a person. Lives only for the call. */
export type Message = {
  to: Msisdn;
  content: Content;
  /** Our id of the attempt; the provider gives it back in its journal or reports. */
  reference: string;
  /** What is left of the code's life, in ms. */
  validForMs: number;
  /** Name or number to be shown; the provider's own setting where it is left out. */
  sender?: string | undefined;
};

export type Provider = {
  /** Whether this content can be carried at all; asked when the plan is made. */
  carries: (content: Content) => boolean;
  /** One call, no retries. Never throws for what a provider answers; ends soon after the signal aborts. */
  send: (message: Message, signal: AbortSignal) => Promise<SendOutcome>;
  /** Finds an earlier message by our reference; absent where the provider keeps no readable record. */
  lookUp?: (query: LookUpQuery, signal: AbortSignal) => Promise<LookUp>;
  /** Reads the report of one accepted message; absent where the provider does not offer that. */
  status?: (query: StatusQuery, signal: AbortSignal) => Promise<StatusReading>;
  /** What is left of the account's credit; undefined when it cannot be read. Absent where it cannot be asked. */
  balance?: (signal: AbortSignal) => Promise<Cost | undefined>;
};

/** What a provider's own record says of a message that it accepted. */
export type StatusReading = { kind: "known"; report: Report } | { kind: "unknown" } | { kind: "unreadable" };

/** A message that the provider may have taken. `sentAt` is the epoch ms of our intent. */
export type LookUpQuery = { to: Msisdn; reference: string; sentAt: number };

/** An accepted message, named by everything that a provider may file it under. */
export type StatusQuery = LookUpQuery & { providerMessageId: string };

export type Providers = { forRoute: (routeId: string) => Provider };

/** One calling system, such as a Nextcloud. */
export type Client = {
  id: string;
  name: string;
  /** ISO 3166 alpha-2 for national numbers; none means that only international ones are taken. */
  region: string | undefined;
  /** By channel: who recorded that the recipients, all or those on a list, agreed to be reached there, and when. */
  consents: Record<string, { by: string; at: number; scope: "all" | "list" }>;
  /** Absent: none of its own. */
  limits?: ClientLimits | undefined;
};

export type Clients = {
  /** The client whose key this is; undefined for any unknown, wrong or revoked key. */
  authenticate: (clientId: string, secret: string) => Promise<Client | undefined>;
};

/** What a client sent through front ends that show it, newest first, by our ids. */
export type ClientJournal = {
  /** Never fails: a line that is missing must not cost a code. */
  note: (clientId: string, deliveryId: string, recipient: Msisdn) => Promise<void>;
  /** @param recipient only what went to this number @throws StoreUnavailable */
  list: (clientId: string, recipient: Msisdn | undefined) => Promise<string[]>;
};

/** The store cannot be reached or refused to write: nothing may be promised to a caller. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

/** A stored delivery with the version that a change must name. */
export type Stored = { delivery: Delivery; version: number };

export type NewDelivery = {
  delivery: Delivery;
  recipient: Msisdn;
  content: Content;
  idempotencyKey: string | undefined;
  /** Everything of the request that an idempotency key binds to. Kept as a keyed hash only. */
  fingerprint: string;
  /** First look by a timer, epoch ms. */
  dueAt: number;
  limits?: Pick<ClientLimits, "perDay" | "spendMicros"> | undefined;
};

export type Created =
  /** `tag`: the turn that its first attempt has in its lane, where the store takes it in the same step. */
  | { kind: "created"; tag?: number | undefined }
  /** The same text to the same number by the same client lives already, or its key was seen. */
  | {
      kind: "repeated";
      delivery: Delivery;
      /** A used key only repeats its answer; the same text may be somebody's only way to ask again. */
      by: "key" | "text";
      /** Told by this process while the store is away: it was taken on, its present state is not known. */
      fromMemory?: true;
    }
  | { kind: "key_conflict" }
  | { kind: LimitName; retryAfterMs: number };

/** What the store knows of an entry that it must not take on. */
export type Known = Extract<Created, { kind: "repeated" | "key_conflict" }> | { kind: "unknown" };

export type Change = {
  from: Stored;
  to: Delivery;
  dueAt: number | undefined;
  /** Refused by the store's own clock after this instant, in the same round trip. */
  notAfter?: number | undefined;
  /** The content once more, for a delivery that had ended and is sent again. */
  reseal?: Content | undefined;
  /** Told to the client, if it has an endpoint; they are stored in the same step, so that a crash loses none. */
  events?: readonly ClientEvent[];
  /** Message ids that became known with this change. */
  binds: readonly MessageBinding[];
};

export type MessageBinding = { provider: string; messageId: string; attempt: number };

export type ParkedReport = { provider: string; report: Report };

export type Saved =
  /** `parked`: reports that were here before the message ids just bound; apply, then `unpark`. */
  { kind: "saved"; version: number; parked: ParkedReport[] } | { kind: "conflict" } | { kind: "too_late" };

export type Secrets = { recipient: Msisdn; content: Content | undefined };

export type DeliveryStore = {
  create: (entry: NewDelivery) => Promise<Created>;
  /** As `create` for an entry that was seen before, its key included; nothing new is taken on. */
  known: (entry: NewDelivery) => Promise<Known>;
  /** The newest living login delivery of this client to this number. */
  newestLogin: (clientId: string, recipient: Msisdn) => Promise<string | undefined>;
  load: (id: string) => Promise<Stored | undefined>;
  /** The record and its opened secrets in one round trip; the content is gone once a delivery has ended. */
  loadWithSecrets: (id: string) => Promise<(Stored & { secrets: Secrets }) | undefined>;
  save: (change: Change) => Promise<Saved>;
  /** Which attempt a provider's message id belongs to. */
  findByMessageId: (
    provider: string,
    messageId: string,
  ) => Promise<{ deliveryId: string; attempt: number } | undefined>;
  /** Keeps a report of a message that is not known yet, for 24 h and within a bound. */
  park: (provider: string, report: Report) => Promise<void>;
  /** Parked reports of a message; they stay until `unpark`, so that a crash in between loses none. */
  parked: (provider: string, messageId: string) => Promise<ParkedReport[]>;
  unpark: (provider: string, messageId: string) => Promise<void>;
  /** Deliveries whose timer has run out, leased for `leaseMs` so that only one worker looks at each. */
  claimDue: (now: number, limit: number, leaseMs: number) => Promise<string[]>;
  /** A page of the open deliveries, oldest first, each with the instant of its timer if it has one. */
  open: (page: { offset: number; limit: number }) => Promise<OpenDelivery[]>;
  /** Writes the timer of an open delivery again; repairs what `open` found missing. */
  setDue: (id: string, dueAt: number) => Promise<void>;
};

export type OpenDelivery = { delivery: Delivery; dueAt: number | undefined };

/** What this process knows of the routes: a snapshot at most half a second old, so asking costs nothing. */
export type RouteStates = {
  /** As one more message of this client would meet them: it waits for its own and for as many turns of the others. */
  conditionsFor: (clientId: string) => Conditions;
  /** When an attempt with so many before it will start, in ms from now. */
  waitBehind: (route: string, ahead: number) => number;
  /** Counts a delivery that was just put into a lane, until the next snapshot. */
  added: (route: string, clientId: string) => void;
};

/** The circuit breakers of routes and accounts with what stands above them, shared by all workers. */
export type Circuits = {
  admission: (route: string) => Admission;
  /** Wins the one probe that an open circuit allows. */
  tryProbe: (route: string) => Promise<boolean>;
  /**
   * Wins the one start on an open route that is due for its probe: where every new code starts elsewhere, nothing
   * would ever show that it works again. Never fails.
   */
  tryStart: (route: string) => Promise<boolean>;
  observe: (route: string, outcome: SendOutcome, tookMs: number, isProbe: boolean) => Promise<void>;
  /** A look-up told whether a call without an answer had been taken. */
  doubtSettled: (route: string, found: boolean) => Promise<void>;
  /** It is kept free only for its slowness: what no other route can take may go there all the same. */
  isOnlySlow: (route: string) => boolean;
  /** What is left of the pause that the route's provider asked for, in ms; 0 = none. */
  restMs: (route: string) => number;
  /** Whether an operator stopped the route, known well within a second; what cannot be known counts as stopped. */
  isStopped: (route: string) => Promise<boolean>;
};

/** Even pacing of an account whose lanes would overrun it together. Resolves when this send may start. */
export type Pacer = { turn: (route: string, signal: AbortSignal) => Promise<void> };

/** What is remembered of a number, by its keyed hash and for days only. */
export type Reach = {
  /** A hint: what cannot be asked quickly is unknown. Never fails. */
  recall: (route: string, recipient: Msisdn) => Promise<boolean | undefined>;
  remember: (route: string, recipient: Msisdn, reached: boolean) => Promise<void>;
};

/** The lists of those who agreed to a channel. Holds keyed hashes only. */
export type Consents = {
  /** undefined when it could not be asked quickly. Never fails. */
  has: (clientId: string, channel: string, recipient: Msisdn) => Promise<boolean | undefined>;
};

/** What every flow is given. */
export type FlowDeps = LimitPorts & {
  clock: Clock;
  random: Random;
  store: DeliveryStore;
  jobs: Jobs;
  providers: Providers;
  states: RouteStates;
  circuits: Circuits;
  quiet: QuietRoutes;
  health: Health;
  figures: Figures;
  pacer: Pacer;
  reach: Reach;
  consents: Consents;
  /** Wished order of routes where a request names none. */
  defaultRoutes: readonly string[];
  routeOrder: RouteOrder;
  events: Events;
  rules: Rules;
};
