import type { Redis } from "ioredis";
import { z } from "zod";
import { type AuditEntry, type NewAuditEntry, withoutNumbers } from "../core/operator.ts";
import type { Keys } from "./keys.ts";
import { reachable } from "./unavailable.ts";

export type { AuditEntry } from "../core/operator.ts";

/** The oldest make room. At 200 bytes an entry these are about 20 MB, and years of an ordinary installation. */
export const AUDIT_MAX = 100_000;
/** Entries that one question may bring. */
const PAGE_MAX = 1_000;

/** As it is kept: the place in the order of time goes with it. */
export type KeptEntry = AuditEntry & {
  /** Names the entry, such as `1735689600000-0`, to read on from. */
  id: string;
};

export type AuditQuestion = {
  limit: number;
  /** Only what was kept before the entry of this id. */
  before?: string | undefined;
  /** Only what was kept at this instant (epoch ms) or later. */
  since?: number | undefined;
};

export type Audit = {
  /** @throws StoreUnavailable */
  record: (entry: NewAuditEntry) => Promise<void>;
  /** Newest first. @throws StoreUnavailable */
  newest: (question: AuditQuestion) => Promise<KeptEntry[]>;
};

const entrySchema = z.object({
  at: z.number(),
  who: z.string(),
  role: z.string(),
  action: z.string(),
  target: z.string().exactOptional(),
  detail: z.record(z.string(), z.union([z.string(), z.number()])).exactOptional(),
});

/** Who changed what, as a capped stream: nothing of ours changes or deletes an entry. */
export function createAudit(deps: { client: Redis; keys: Keys; now: () => number }): Audit {
  const { client, keys, now } = deps;
  return {
    record: async (entry) => {
      const value = JSON.stringify(kept({ at: now(), ...entry }));
      await reachable(() => client.xadd(keys.audit, "MAXLEN", "~", AUDIT_MAX, "*", "e", value));
    },
    newest: async ({ limit, before, since }) => {
      const [to, from] = [
        before === undefined ? "+" : `(${before}`,
        since === undefined ? "-" : String(since),
      ];
      const count = Math.min(limit, PAGE_MAX);
      const rows = await reachable(() => client.xrevrange(keys.audit, to, from, "COUNT", count));
      return rows.flatMap(([id, fields]) => parsed(id, fields[1] ?? ""));
    },
  };
}

/** In a fixed order, so that two entries of one kind read alike wherever they are looked at raw. */
function kept({ at, who, role, action, target, detail }: AuditEntry): AuditEntry {
  return {
    at,
    who: withoutNumbers(who),
    role,
    action,
    ...(target === undefined ? {} : { target: withoutNumbers(target) }),
    ...(detail === undefined ? {} : { detail: cleaned(detail) }),
  };
}

function cleaned(detail: NonNullable<AuditEntry["detail"]>): NonNullable<AuditEntry["detail"]> {
  const clean = (value: string | number) => (typeof value === "string" ? withoutNumbers(value) : value);
  return Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, clean(value)]));
}

function parsed(id: string, text: string): KeptEntry[] {
  try {
    return [{ id, ...entrySchema.parse(JSON.parse(text)) }];
  } catch {
    // Nothing that a version of ours wrote; the rest of the list is still wanted.
    return [];
  }
}
