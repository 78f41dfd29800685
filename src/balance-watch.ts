import type { Cost } from "./core/outcome.ts";
import type { Balances } from "./redis/balances.ts";

/** All processes together read each account this often; an hour of it tells how fast it goes down. */
const EVERY_MS = 600_000;
/** A process that starts looks whether somebody has read lately. */
const FIRST_MS = 5_000;
const READ_MAX_MS = 5_000;

export type BalanceAccount = {
  account: string;
  read: (signal: AbortSignal) => Promise<Cost | undefined>;
};

export type BalanceWatchDeps = {
  balances: Pick<Balances, "takeTurn" | "note">;
  accounts: () => readonly BalanceAccount[];
  now: () => number;
};

/** Takes down what the accounts have left, so that the days they last can be told. Apart from every lane. */
export function watchBalances(deps: BalanceWatchDeps): { close: () => void } {
  // A reading that fails is left out; the next one comes soon enough.
  const look = () => void readAll(deps).catch(() => undefined);
  const first = setTimeout(look, FIRST_MS);
  const timer = setInterval(look, EVERY_MS / 10);
  return {
    close: () => {
      clearTimeout(first);
      clearInterval(timer);
    },
  };
}

/** Also for tests: one look, where it is this process's turn. */
export async function readAll({ balances, accounts, now }: BalanceWatchDeps): Promise<void> {
  const all = accounts();
  if (all.length === 0 || !(await balances.takeTurn(EVERY_MS))) return;
  for (const { account, read } of all) {
    const left = await read(AbortSignal.timeout(READ_MAX_MS)).catch(() => undefined);
    if (left) await balances.note(account, { at: now(), ...left });
  }
}
