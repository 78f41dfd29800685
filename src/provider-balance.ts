import type { Cost } from "./core/outcome.ts";
import type { Provider } from "./flows/ports.ts";

/** Clients poll it; the account's own API need not notice. */
const FRESH_MS = 60_000;
/** After a reading that failed. */
const RETRY_MS = 5_000;
/** The caller waits for it, and is promised an answer within 1.2 s. */
const READ_MAX_MS = 1_000;

export type BalanceDeps = {
  /** In the order of routes; the first that can tell is asked. */
  providers: readonly Pick<Provider, "balance">[];
  /** Monotonic, ms. */
  elapsed: () => number;
};

/**
 * The credit of the account that sends first, at most a minute old. Reads apart from every lane: it waits for
 * no send and no send for it.
 * @returns undefined where no provider tells, or none did just now
 */
export function createBalance({ providers, elapsed }: BalanceDeps): () => Promise<Cost | undefined> {
  const read = providers.find((provider) => provider.balance)?.balance;
  let known: { value: Cost | undefined; untilMs: number } | undefined;
  let reading: Promise<Cost | undefined> | undefined;
  const ask = async (): Promise<Cost | undefined> => {
    const value = await read?.(AbortSignal.timeout(READ_MAX_MS)).catch(() => undefined);
    known = { value, untilMs: elapsed() + (value ? FRESH_MS : RETRY_MS) };
    reading = undefined;
    return value;
  };
  return () => {
    if (known && elapsed() < known.untilMs) return Promise.resolve(known.value);
    return (reading ??= ask());
  };
}
