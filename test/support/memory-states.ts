import type { Pacer, Reach, RouteStates } from "../../src/flows/ports.ts";

export type MemoryStates = RouteStates & {
  /** The wait that one more message would have in this lane. */
  setWait: (route: string, ms: number) => void;
  pause: (route: string, paused?: boolean) => void;
  /** Deliveries that were said to have been put into a lane. */
  addedTo: (route: string) => number;
};

/** What a worker knows of the lanes, as the test says it is. */
export function createMemoryStates(isOpen: (route: string) => boolean): MemoryStates {
  const waits = new Map<string, number>();
  const paused = new Set<string>();
  const added = new Map<string, number>();
  return {
    condition: (route) => ({ open: paused.has(route) || isOpen(route), waitMs: waits.get(route) ?? 0 }),
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

/** A lane paces itself; the accounts of flow tests have one lane each. */
export const unpaced: Pacer = { turn: async () => undefined };
