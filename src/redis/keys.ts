/** Every key pattern and how long it lives. The braces keep all keys of an installation in one Cluster slot. */

export const DAY_MS = 86_400_000;

/** A record outlives its code by this, for "where was my code?" is asked later. */
export const RECORD_TTL_MS = 3 * DAY_MS;
export const IDEMPOTENCY_TTL_MS = 24 * 3_600_000;
/** No code lives longer than 10 min, so no attempt waits for longer than this without another one coming. */
export const TURNS_TTL_MS = 900_000;
export const PARKED_TTL_MS = 24 * 3_600_000;
/** Reports of messages that are not ours must not fill the store: the oldest go first. */
export const PARKED_MAX = 10_000;
export const PARKED_PER_MESSAGE_MAX = 10;

/** A number that had a login delivered counts as good for this long. */
export const GOOD_TTL_MS = 30 * DAY_MS;
export const REFUSALS_TTL_MS = 24 * 3_600_000;
/** Refusals kept for one number, and numbers that any are kept for: the newest ones tell most. */
export const REFUSALS_PER_NUMBER_MAX = 20;
export const REFUSED_NUMBERS_MAX = 20_000;

/** Events that no worker has fetched; beyond it the oldest are forgotten rather than that Redis fills up. */
export const EVENTS_OUTBOX_MAX = 100_000;
/** Events that wait for one endpoint: some 5 MB, and hours of a busy client. */
export const EVENTS_WAITING_MAX = 10_000;
/** Longer than the tries of an event take. */
export const EVENTS_WAITING_TTL_MS = 4 * DAY_MS;
/** Failures of one endpoint kept for operators. */
export const EVENT_FAILURES_MAX = 50;
export const EVENT_FAILURES_TTL_MS = 7 * DAY_MS;

export type Keys = ReturnType<typeof createKeys>;

/** @param prefix such as `{otpost}` */
export function createKeys(prefix: string) {
  return {
    prefix,
    /** List of the newest alerts as JSON, newest first, capped. */
    alerts: `${prefix}:alerts`,
    /** Exists while an alert that is raised once in a while must not be raised again. */
    alerted: (id: string) => `${prefix}:alerted:${id}`,
    /** Written by readiness to see that writes are taken. */
    probe: `${prefix}:probe`,
    /** The data keys, each wrapped with the master key. */
    keyRing: `${prefix}:keyring`,
    /** Hash of operators: name, then role, hash of the token and its end as JSON. */
    operators: `${prefix}:operators`,
    /** Capped stream of what operators changed: one field, the entry as JSON. */
    audit: `${prefix}:audit`,
    ...deliveryKeys(prefix),
    ...routeKeys(prefix),
    ...clientKeys(prefix),
    ...figureKeys(prefix),
  };
}

function figureKeys(prefix: string) {
  return {
    /** Hash of sums of one minute or hour: `sum`, or `name|sum` in the tables of routes, clients and countries. */
    figures: (of: "m" | "h", number: number, table: string) =>
      `${prefix}:fig:${of}:${number.toString(36)}:${table}`,
    /** Exists once a batch of sums was added, so that a repeat adds nothing. */
    figuresAdded: (batch: string) => `${prefix}:figadded:${batch}`,
    /** List of balances of an account, "epoch ms, micros, currency", oldest first, capped. */
    balances: (account: string) => `${prefix}:balances:${account}`,
    /** Held by the process that reads the balances this time. */
    balanceTurn: `${prefix}:balanceturn`,
  };
}

function deliveryKeys(prefix: string) {
  return {
    /**
     * Hash: v (2: seals are bytes, 1: they were text), r (version), s (state), doc (no secrets), n (sealed
     * number), c (sealed content).
     */
    record: (id: string) => `${prefix}:d:${id}`,
    recordBase: `${prefix}:d:`,
    /** Keyed hash of client, number and text: the delivery that lives for it. */
    same: (hash: string) => `${prefix}:same:${hash}`,
    idempotency: (hash: string) => `${prefix}:idem:${hash}`,
    /** Sends to one number and their windows, across clients. */
    sends: (purpose: "login" | "other", hash: string) => `${prefix}:sends:${purpose}:${hash}`,
    /** Exists for a number that had a login delivered lately. */
    good: (hash: string) => `${prefix}:good:${hash}`,
    /** New numbers of one prefix that got something other than a login. */
    walk: (hash: string) => `${prefix}:walk:${hash}`,
    /** Sorted set of open deliveries by the instant they were taken on. */
    open: `${prefix}:open`,
    /** Sorted set of open deliveries by the instant of their timer. */
    due: `${prefix}:due`,
    /** Sorted set, all of one score: what deliveries of one hour are found by (find-index.ts). */
    find: (hour: number, shard: number) => `${prefix}:find:${hour.toString(36)}:${shard.toString(36)}`,
    /** Epoch ms since when deliveries are found by number: earlier ones are not. */
    findSince: `${prefix}:findsince`,
    /** Hash: client, then epoch ms of its newest delivery. One field for each client that ever sent. */
    lastSent: `${prefix}:lastsent`,
    /** Hash of counters: accepted, and one for each state. */
    counts: `${prefix}:counts`,
    /** A provider's message id: our reference. */
    message: (provider: string, messageId: string) => `${prefix}:msg:${provider}:${messageId}`,
    /** List of reports that came before their message was known. */
    parked: (provider: string, messageId: string) => `${prefix}:park:${provider}:${messageId}`,
    /** Sorted set of the lists above by age, for the bound. */
    parkedIndex: `${prefix}:parked`,
  };
}

function routeKeys(prefix: string) {
  return {
    /** "1" or "0": whether a number was found on a route that reaches only some people. */
    reach: (route: string, hash: string) => `${prefix}:reach:${route}:${hash}`,
    /** Hash of the circuits of routes and accounts: name, then version and state as JSON. */
    circuits: `${prefix}:circuits`,
    /** The routes of this installation as its workers have them, JSON; for tools without their configuration. */
    publishedRoutes: `${prefix}:routes`,
    /** Hash of the operator's word on routes: route, then the word as JSON. One that ran out is taken away. */
    routeWords: `${prefix}:words`,
    /** Hash of the rests that providers asked for: route, then the instant of its end. Gone when nobody rests. */
    routeRests: `${prefix}:rests`,
    /** Hash of what is known of the routes' reports: route, then version and state as JSON. */
    quiet: `${prefix}:quiet`,
    /** Held by the one probe of an open circuit. */
    circuitProbe: (circuit: string) => `${prefix}:probe:${circuit}`,
    /** The next free slot of an account, epoch ms by Redis' clock. */
    slot: (account: string) => `${prefix}:slot:${account}`,
    /** Calls to a route within a span of some seconds, by all workers. */
    starts: (route: string, span: number) => `${prefix}:starts:${route}:${span}`,
    /** Hash of what routes showed within one minute or hour: `route|calling code|sum`, then the count. */
    health: (of: "m" | "h", number: number) => `${prefix}:health:${of}:${number}`,
    /** Hash of a lane: now (tag of the newest start), and the last tag of each client by rank of its class. */
    laneTurns: (lane: string) => `${prefix}:turns:${lane}`,
    /** Hash of those who put attempts into a lane within a span: client, then how many. */
    came: (lane: string, span: number) => `${prefix}:came:${lane}:${span}`,
    /** What BullMQ keeps of a lane: one of its states, or one job. Source: bullmq 6.7, QueueKeys. */
    lane: (lane: string, part: string) => `${prefix}:${lane}:${part}`,
    /** The next turn to read an account's records, epoch ms by Redis' clock. */
    readSlot: (account: string) => `${prefix}:reads:${account}`,
    /** What the last reading said of our messages: ids and statuses, for as long as others may wait for it. */
    lastRead: (account: string) => `${prefix}:read:${account}`,
  };
}

function clientKeys(prefix: string) {
  return {
    /** Hash: n (new deliveries) and m (EUR micros) of one client on one UTC day, where a limit needs them. */
    clientDay: (clientId: string, day: string) => `${prefix}:day:${day}:${clientId}`,
    /** Hash: prefix of numbers, then why, since when and until when nothing is sent there, as JSON. */
    blocks: `${prefix}:blocks`,
    /** List of refusals for one number, newest first. */
    refused: (hash: string) => `${prefix}:refused:${hash}`,
    /** Sorted set of the lists above by age, for the bound. */
    refusedIndex: `${prefix}:refused`,
    /** Set of keyed hashes, 16 bytes each: the numbers whose consent a client has for a channel. */
    consent: (client: string, channel: string) => `${prefix}:consent:${client}:${channel}`,
    /** List of what a client sent through a front end that shows it: id, then the keyed hash of the number. */
    journal: (clientId: string) => `${prefix}:journal:${clientId}`,
    /** Hash: client, then where its events go, with sealed secrets, as JSON. */
    endpoints: `${prefix}:endpoints`,
    /** Hash: client, then how its endpoint fares, as JSON. */
    endpointHealth: `${prefix}:endpointhealth`,
    /** Sorted set of events, JSON, by the instant from which a worker may fetch them. */
    eventsOutbox: `${prefix}:events`,
    /** Sorted set of the ids of events that are under way to one client, by the instant of their move. */
    eventsWaiting: (clientId: string) => `${prefix}:events:${clientId}`,
    /** List of calls that an endpoint did not take, newest first, JSON. */
    eventFailures: (clientId: string) => `${prefix}:eventfails:${clientId}`,
    client: (id: string) => `${prefix}:client:${id}`,
    clients: `${prefix}:clients`,
  };
}
