import type { Redis } from "ioredis";
import type { BalanceReading } from "../core/balance.ts";
import { DAY_MS, type Keys } from "./keys.ts";
import { reachable } from "./unavailable.ts";

/** Eight days of a reading every ten minutes. */
const READINGS_MAX = 1_200;
const READINGS_TTL_MS = 8 * DAY_MS;

const CURRENCY = /^[A-Z]{3}$/;

export type Balances = ReturnType<typeof createBalances>;

/** A short history of what accounts had left. */
export function createBalances(client: Redis, keys: Keys) {
  return {
    /** True for one process only within this time. */
    takeTurn: (forMs: number): Promise<boolean> =>
      reachable(async () => (await client.set(keys.balanceTurn, "1", "PX", forMs, "NX")) === "OK"),
    /** A currency that a provider made up is not kept. */
    note: (account: string, { at, micros, currency }: BalanceReading): Promise<void> =>
      reachable(async () => {
        if (!CURRENCY.test(currency)) return;
        const key = keys.balances(account);
        await client
          .multi()
          .rpush(key, `${at} ${micros} ${currency}`)
          .ltrim(key, -READINGS_MAX, -1)
          .pexpire(key, READINGS_TTL_MS)
          .exec();
      }),
    /** Oldest first; accounts of which nothing is known are left out. */
    history: (accounts: readonly string[]): Promise<Map<string, BalanceReading[]>> =>
      reachable(async () => {
        const lists = await Promise.all(accounts.map((a) => client.lrange(keys.balances(a), 0, -1)));
        const known = accounts.map((account, i) => [account, (lists[i] ?? []).map(parse)] as const);
        return new Map(known.filter(([, readings]) => readings.length > 0));
      }),
  };
}

function parse(line: string): BalanceReading {
  const [at, micros, currency = ""] = line.split(" ");
  return { at: Number(at), micros: Number(micros), currency };
}
