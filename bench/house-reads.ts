import { createQueues } from "../src/redis/queues.ts";
import { createFigures } from "../src/redis/figures.ts";
import { createFinder } from "../src/redis/find.ts";
import { createRouteDesk } from "../src/route-desk.ts";
import { createBalances } from "../src/redis/balances.ts";
import { percentile, type Series, series } from "./figures.ts";
import type { House } from "./house.ts";
import { messageIdOf, numberOf, referenceOf } from "./house-deliveries.ts";
import { REGULAR, REGULAR_DELIVERIES } from "./house-fill.ts";
import type { Progress } from "./progress.ts";
import type { Msisdn } from "../src/core/phone.ts";

/** The questions of operators, each asked many times, one after the other. */

export type HouseReads = Record<string, Series>;

type Deps = House & { count: number; short: boolean; say: Progress };

/** What is asked, how often, and what the answer must hold: a wrong answer in no time is no figure. */
type Question = { name: string; times: number; ask: (n: number) => Promise<boolean> };

export async function readHouse(deps: Deps): Promise<HouseReads> {
  const { questions, close } = questionsOf(deps);
  const reads: HouseReads = {};
  for (const { name, times, ask } of questions) {
    const tookMs: number[] = [];
    const count = deps.short ? 5 : times;
    for (let n = 0; n < count; n++) {
      const startedMs = performance.now();
      const isRight = await ask(n);
      tookMs.push(performance.now() - startedMs);
      if (!isRight) throw new Error(`${name}: the answer is not right`);
    }
    reads[name] = series([
      {
        "p50 ms": percentile(tookMs, 0.5),
        "p95 ms": percentile(tookMs, 0.95),
        "max ms": percentile(tookMs, 1),
      },
    ]);
    deps.say(`house  ${name}: p95 ${percentile(tookMs, 0.95).toFixed(1)} ms`);
  }
  await close();
  return reads;
}

function questionsOf(deps: Deps): { questions: Question[]; close: () => Promise<void> } {
  const { figures, close } = figuresOf(deps);
  return {
    questions: [
      ...findQuestions(deps),
      { name: "overview", times: 100, ask: async () => (await figures.overview()).hour.accepted > 0 },
      ...(["1h", "24h", "7d"] as const).map((span) => ({
        name: `series ${span}`,
        times: 50,
        // The minutes that passed since the writing are empty.
        ask: async () => (await figures.series({ span })).slice(0, 50).every((point) => point.accepted > 0),
      })),
      {
        name: "route at 24h",
        times: 50,
        ask: async () => (await figures.routeSeries("seven-sms", "24h")).length > 280,
      },
      {
        name: "client, a day",
        times: 50,
        ask: async () => ((await figures.clientDay("cloud-3", yesterday()))?.cost["EUR"] ?? 0) === 24 * 1_234,
      },
    ],
    close,
  };
}

function findQuestions({ client, keys, vault, count }: Deps): Question[] {
  const providers = () => ["seven", "telegram-gateway"];
  const finder = createFinder({ client, keys, vault, providers, now: Date.now });
  /** Spread over all that were written, those of the regular left out. */
  const some = (n: number) => (n * 104_729 + 1) % count;
  const missing = (n: number) => `+491577${String(1_000_000 + n)}` as Msisdn;
  return [
    {
      name: "find by number, hit",
      times: 500,
      ask: async (n) => (await finder.byNumber(numberOf(some(n), count))).deliveries.length > 0,
    },
    {
      name: "find by number, miss",
      times: 500,
      ask: async (n) => (await finder.byNumber(missing(n))).deliveries.length === 0,
    },
    {
      name: `find by number, ${REGULAR_DELIVERIES} hits`,
      times: 100,
      ask: async () => (await finder.byNumber(REGULAR)).deliveries.length === REGULAR_DELIVERIES,
    },
    {
      name: "find by reference",
      times: 200,
      ask: async (n) => {
        const of = some(n) - (some(n) % 5);
        return (await finder.byReference(referenceOf(of) ?? "")).deliveries.length === 1;
      },
    },
    {
      name: "find by message id",
      times: 200,
      ask: async (n) => {
        const of = some(n) - (some(n) % 100);
        return (await finder.byMessage(messageIdOf(of))).deliveries.length === 1;
      },
    },
  ];
}

function figuresOf({ client, keys, figures: store, admin }: Deps) {
  const routes = ["seven-sms", "telegram-gateway"].map((id) => ({
    id,
    channel: id === "seven-sms" ? ("sms" as const) : ("telegram" as const),
    provider: id,
    account: id,
    perSecond: 10,
    maxWaitMs: 8_000,
    reach: 1,
  }));
  const order = routes.map(({ id }) => id);
  const queues = createQueues({ client, prefix: keys.prefix, routes: order });
  const events = { record: () => undefined };
  const desk = createRouteDesk({ client, keys, queues, routes, order, events, now: Date.now });
  const balances = createBalances(client, keys);
  const figures = createFigures({
    client,
    keys,
    store,
    lanes: desk.list,
    clients: admin.list,
    balances: () => balances.history(["seven"]),
    now: Date.now,
  });
  return { figures, close: queues.close };
}

function yesterday(): string {
  return new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
}
