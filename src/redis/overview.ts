import type { Redis } from "ioredis";
import { type BalanceReading, daysLeft } from "../core/balance.ts";
import { hoursOfDay, windowsOf } from "../core/figure-windows.ts";
import { totalsOf } from "../core/figures.ts";
import { type ClientLimits, dayOf } from "../core/limits.ts";
import type { RouteFacts } from "../core/route-facts.ts";
import type { AccountBalance, ClientSpend, Overview } from "../flows/figures-port.ts";
import { type FigureStore, sumOf } from "./figure-store.ts";
import type { Keys } from "./keys.ts";
import { defineScript } from "./script.ts";
import { reachable } from "./unavailable.ts";

/** Code that lives for less than this and was taken by nobody is about to be lost, ms. */
const SOON_MS = 60_000;
/** No code lives longer, ms. */
const LIFE_MAX_MS = 600_000;
/** Open deliveries that are looked at, the oldest first: some 3 ms of Redis' time. */
const LOOKED_AT_MAX = 2_000;

export type OverviewDeps = {
  client: Redis;
  keys: Keys;
  store: FigureStore;
  /** Routes with their lanes, read afresh. */
  lanes: () => Promise<RouteFacts[]>;
  clients: () => Promise<{ id: string; limits?: ClientLimits | undefined }[]>;
  /** Readings of each account, oldest first. */
  balances: () => Promise<Map<string, BalanceReading[]>>;
  now: () => number;
};

/**
 * KEYS open   ARGV 1 record prefix, 2 oldest start, 3 limit, 4 now, 5 soon
 * returns how many end soon, how many were looked at
 */
const EXPIRING = `
local ids = redis.call('ZRANGE', KEYS[1], ARGV[2], '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[3])
local count = 0
for _, id in ipairs(ids) do
  local state = redis.call('HGET', ARGV[1] .. id, 's')
  if state == 'queued' or state == 'sending' then
    local doc = redis.call('HGET', ARGV[1] .. id, 'doc')
    local left = tonumber(doc:match('"expiresAt":(%d+)') or 0) - tonumber(ARGV[4])
    if left > 0 and left < tonumber(ARGV[5]) then count = count + 1 end
  end
end
return {count, #ids}
`;

export function createOverview(deps: OverviewDeps): () => Promise<Overview> {
  const { client, keys, store, now } = deps;
  const expiring = defineScript(client, "expiringSoon", EXPIRING);
  return async () => {
    const at = now();
    const minutes = windowsOf("1h", at).flatMap((window) => window.buckets);
    const hours = hoursOfDay(at, at);
    const args = [keys.recordBase, at - LIFE_MAX_MS, LOOKED_AT_MAX, at, SOON_MS];
    const [hour, today, lanes, soon, spend, balances] = await Promise.all([
      store.read(minutes, "all"),
      store.read(hours, "all"),
      deps.lanes(),
      reachable(() => expiring([keys.open], args)),
      spendOf(deps, at, hours),
      deps.balances(),
    ]);
    return {
      at,
      hour: totalsOf(sumOf(hour, "")),
      today: totalsOf(sumOf(today, "")),
      lanes: lanes.map(({ route, waiting, waitMs, isOpenForCalls }) => ({
        route,
        waiting,
        waitMs,
        isOpenForCalls,
      })),
      expiringSoon: soonOf(soon),
      spend,
      balances: balancesOf(balances, at),
    };
  };
}

function soonOf(reply: unknown): Overview["expiringSoon"] {
  const [count, lookedAt] = Array.isArray(reply) ? reply.map(Number) : [];
  return { count: count ?? 0, atLeast: lookedAt === LOOKED_AT_MAX };
}

/** One line for each client, the one that spent most of its cap first. */
async function spendOf(
  { client, keys, store, ...deps }: OverviewDeps,
  at: number,
  hours: ReturnType<typeof hoursOfDay>,
): Promise<ClientSpend[]> {
  const [clients, rows] = await Promise.all([deps.clients(), store.read(hours, "client")]);
  const pipeline = client.pipeline();
  for (const { id } of clients) pipeline.hget(keys.clientDay(id, dayOf(at).name), "m");
  const counted = await reachable(async () => (await pipeline.exec()) ?? []);
  const lines = clients.map(({ id, limits = {} }, index): ClientSpend => {
    const { accepted: deliveries, cost } = totalsOf(sumOf(rows, id));
    const { spendMicros: capMicros, perDay } = limits;
    const spentMicros = Number(counted[index]?.[1] ?? 0);
    return {
      clientId: id,
      deliveries,
      cost,
      ...(capMicros === undefined ? {} : { cap: { spentMicros, capMicros } }),
      ...(perDay === undefined ? {} : { perDay }),
    };
  });
  return lines.toSorted((a, b) => shareOf(b) - shareOf(a) || b.deliveries - a.deliveries);
}

function shareOf({ cap }: ClientSpend): number {
  return cap === undefined ? 0 : cap.spentMicros / Math.max(1, cap.capMicros);
}

function balancesOf(all: ReadonlyMap<string, readonly BalanceReading[]>, now: number): AccountBalance[] {
  return [...all].flatMap(([account, readings]) => {
    const newest = readings.at(-1);
    const days = daysLeft(readings, now);
    return newest ? [{ account, ...newest, ...(days === undefined ? {} : { daysLeft: days }) }] : [];
  });
}
