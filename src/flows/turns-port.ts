import type { RecordReads } from "../core/rules.ts";

/**
 * Turns at reading the records of one provider account, an interval apart over all workers, so that the
 * adapters ask about many messages at once instead of flooding the provider.
 */
export type Turns = RecordReads & {
  /** @returns ms until the turn just taken; undefined where none comes within `withinMs`. Never fails. */
  take: () => Promise<number | undefined>;
  /** Leaves what a turn brought to the others, in the place of what the turn before left. Never fails. */
  leave: (brought: string) => Promise<void>;
  /** What the last turn brought, and how long ago it was left. Never fails. */
  left: () => Promise<{ brought: string; ageMs: number } | undefined>;
};
