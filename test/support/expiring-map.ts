export type ExpiringMap<Value> = {
  get: (key: string) => Value | undefined;
  set: (key: string, value: Value, expiresAt: number) => void;
  delete: (key: string) => void;
  expiresAt: (key: string) => number | undefined;
  ttlMs: (key: string) => number;
  /** Keeps the `max` entries that were set last; a key set again keeps its place unless deleted before. */
  dropOldest: (max: number) => void;
};

/** A map whose entries end at an instant of the given clock, as Redis keys do. */
export function createExpiringMap<Value>(now: () => number): ExpiringMap<Value> {
  const entries = new Map<string, { value: Value; expiresAt: number }>();
  const live = (key: string) => {
    const entry = entries.get(key);
    if (entry && entry.expiresAt <= now()) entries.delete(key);
    return entries.get(key);
  };
  return {
    get: (key) => live(key)?.value,
    set: (key, value, expiresAt) => void entries.set(key, { value, expiresAt }),
    delete: (key) => void entries.delete(key),
    expiresAt: (key) => live(key)?.expiresAt,
    ttlMs: (key) => (live(key)?.expiresAt ?? now()) - now(),
    dropOldest: (max) => {
      for (const key of entries.keys()) {
        if (entries.size <= max) return;
        entries.delete(key);
      }
    },
  };
}
