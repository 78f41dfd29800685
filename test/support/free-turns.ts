import type { Turns } from "../../src/flows/turns-port.ts";

/** For tests of what one reading says: nobody else wants a turn. */
export const freeTurns: Turns = {
  everyMs: 0,
  withinMs: 5_000,
  take: async () => 0,
  leave: async () => {},
  left: async () => undefined,
};
