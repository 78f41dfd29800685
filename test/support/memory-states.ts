import type { Blocks, RefusedRequest, Refusals } from "../../src/flows/limit-ports.ts";
import type { Consents, Pacer, Reach, RouteStates } from "../../src/flows/ports.ts";

export type MemoryStates = RouteStates & {
  /** The wait that one more message would have in this lane. */
  setWait: (route: string, ms: number) => void;
  /** The wait of one that stands in it already; that of one more where nothing is said. */
  setTurn: (route: string, ms: number) => void;
  pause: (route: string, paused?: boolean) => void;
  /** Deliveries that were said to have been put into a lane. */
  addedTo: (route: string) => number;
};

/** What a worker knows of the lanes, as the test says it is. */
export function createMemoryStates(
  isOpen: (route: string) => boolean,
  isQuiet: (route: string) => boolean,
): MemoryStates {
  const waits = new Map<string, number>();
  const turns = new Map<string, number>();
  const paused = new Set<string>();
  const added = new Map<string, number>();
  const condition = (route: string) => ({
    open: paused.has(route) || isOpen(route),
    waitMs: waits.get(route) ?? 0,
    quiet: isQuiet(route),
  });
  return {
    conditionsFor: () => condition,
    waitBehind: (route) => turns.get(route) ?? waits.get(route) ?? 0,
    setTurn: (route, ms) => void turns.set(route, ms),
    added: (route) => void added.set(route, (added.get(route) ?? 0) + 1),
    addedTo: (route) => added.get(route) ?? 0,
    setWait: (route, ms) => void waits.set(route, ms),
    pause: (route, isPaused = true) => void (isPaused ? paused.add(route) : paused.delete(route)),
  };
}

export type MemoryReach = Reach & { recalls: string[] };

export function createMemoryReach(): MemoryReach {
  const known = new Map<string, boolean>();
  const recalls: string[] = [];
  const name = (route: string, recipient: string) => JSON.stringify([route, recipient]);
  return {
    recalls,
    recall: async (route, recipient) => {
      recalls.push(route);
      return known.get(name(route, recipient));
    },
    remember: async (route, recipient, reached) => void known.set(name(route, recipient), reached),
  };
}

/** Lists that the test fills; while they are away they cannot be asked. */
export type MemoryConsents = Consents & {
  agree: (clientId: string, channel: string, recipient: string) => void;
  goAway: (isAway?: boolean) => void;
  asked: string[];
};

export function createMemoryConsents(): MemoryConsents {
  const lists = new Set<string>();
  const asked: string[] = [];
  let away = false;
  const name = (...parts: string[]) => JSON.stringify(parts);
  return {
    asked,
    agree: (...parts) => void lists.add(name(...parts)),
    goAway: (isAway = true) => {
      away = isAway;
    },
    has: async (...parts) => {
      asked.push(parts[1]);
      return away ? undefined : lists.has(name(...parts));
    },
  };
}

/** Prefixes that the test blocks; while they are away nothing is known of any number. */
export type MemoryBlocks = Blocks & { block: (prefix: string) => void; goAway: (isAway?: boolean) => void };

export function createMemoryBlocks(): MemoryBlocks {
  const prefixes: string[] = [];
  let away = false;
  return {
    block: (prefix) => void prefixes.push(prefix),
    goAway: (isAway = true) => {
      away = isAway;
    },
    match: async (recipient) => {
      if (away) return "unread";
      return prefixes.some((prefix) => recipient.startsWith(prefix)) ? "blocked" : "free";
    },
  };
}

/** Keeps everything, at once. */
export type MemoryRefusals = Refusals & { all: (RefusedRequest & { recipient: string })[] };

export function createMemoryRefusals(): MemoryRefusals {
  const all: MemoryRefusals["all"] = [];
  return {
    all,
    record: (recipient, refused) => void all.push({ recipient, ...refused }),
    recall: async (recipient, clientId) =>
      all
        .filter((one) => one.recipient === recipient && (clientId ?? one.clientId) === one.clientId)
        .map(({ recipient: _number, ...refused }) => refused)
        .toReversed(),
  };
}

/** A lane paces itself; the accounts of flow tests have one lane each. */
export const unpaced: Pacer = { turn: async () => undefined };
