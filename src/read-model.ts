import { type BalanceWatchDeps, watchBalances } from "./balance-watch.ts";
import type { Base } from "./compose.ts";
import type { Connected } from "./connect.ts";
import { find } from "./flows/find.ts";
import type { FigureReader } from "./flows/figures-port.ts";
import type { FindDesk } from "./http/operator-find.ts";
import { liveDesk } from "./live-desk.ts";
import { systemClock } from "./platform/clock.ts";
import { createBalances } from "./redis/balances.ts";
import { createClientAdmin } from "./redis/client-admin.ts";
import { createFigures } from "./redis/figures.ts";
import { createFigureStore } from "./redis/figure-store.ts";
import { createFinder } from "./redis/find.ts";

/** What operators look at: finding deliveries, and figures. Of one running process. */
export type ReadModel = { find: Omit<FindDesk, "clock">; figures: FigureReader; close: () => void };

export function createReadModel(base: Base, connected: Connected): ReadModel {
  const { client, flows, refusals } = connected;
  const { keys, vault } = base;
  const { now } = systemClock;
  const admin = createClientAdmin({ client, keys, now });
  const providers = () => [...flows.rules.routes.values()].map((route) => route.provider);
  const finder = createFinder({ client, keys, vault, providers, now });
  // Redis may be away at the start: the next start notes it then, and until then more is said to be searched.
  finder.begin().catch(() => undefined);
  const balances = createBalances(client, keys);
  const watch = watchBalances({ balances, accounts: () => accountsOf(base, connected), now });
  const findDeps = { finder, refusals, clients: admin.list };
  return {
    find: { find: (query) => find(findDeps, query), load: flows.store.load },
    figures: createFigures({
      client,
      keys,
      store: createFigureStore(client, keys),
      lanes: liveDesk(base, connected).list,
      clients: admin.list,
      balances: () => balances.history(accountsOf(base, connected).map(({ account }) => account)),
      now,
    }),
    close: watch.close,
  };
}

/** Each account once, where its provider tells what is left. */
function accountsOf({ rules }: Base, { flows }: Connected): ReturnType<BalanceWatchDeps["accounts"]> {
  const byAccount = new Map(
    [...rules.routes.values()].flatMap(({ id, account }) => {
      const read = flows.providers.forRoute(id).balance;
      return read ? [[account, { account, read }] as const] : [];
    }),
  );
  return [...byAccount.values()];
}
