import { setTimeout as sleep } from "node:timers/promises";
import { v7 } from "uuid";
import { expect, it, onTestFinished } from "vitest";
import type { Msisdn } from "../../../src/core/phone.ts";
import { DEFAULT_RULES, type RecordReads } from "../../../src/core/rules.ts";
import type { StatusQuery, StatusReading } from "../../../src/flows/ports.ts";
import type { Turns } from "../../../src/flows/turns-port.ts";
import { seven } from "../../../src/providers/seven.ts";
import { failFastClient } from "../../../src/redis/client.ts";
import { createKeys, type Keys } from "../../../src/redis/keys.ts";
import { localTurns } from "../../../src/providers/turns.ts";
import { createTurns } from "../../../src/redis/turns.ts";
import type { FaultPatch } from "../../../src/twins/faults.ts";
import { startTwin } from "../../../src/twins/serve.ts";
import { type CountingProxy, startCountingProxy } from "../../support/counting-proxy.ts";
import { startOwnRedis } from "../../support/own-redis.ts";

const alive = () => new AbortController().signal;
const reads = DEFAULT_RULES.recordReads;

async function aJournal(faults: FaultPatch = {}) {
  const twin = await startTwin("seven", {
    fsync: false,
    faults: { ratePerSecond: 0, reportDelayMs: 1, ...faults },
  });
  onTestFinished(twin.close);
  const proxy = await startCountingProxy(twin.url);
  onTestFinished(proxy.close);
  return { twin, proxy };
}

function aWorker({ url }: CountingProxy, turns?: Turns) {
  const configured = seven.configure({ SEVEN_API_KEY: "key-1", SEVEN_BASE_URL: url });
  if (configured.kind !== "ready") throw new Error(configured.kind);
  const deps = { clock: { now: Date.now }, reportUrl: undefined, proxy: undefined, callTimeoutMs: 8_000 };
  const { send, lookUp, status, close } = configured.provider.create({ ...deps, turns });
  onTestFinished(close);
  return { send, lookUp: lookUp!, status: status! };
}
type Worker = ReturnType<typeof aWorker>;

/** One worker's turns, by a connection of its own as in a process of its own. */
function sharedTurns(
  redis: Awaited<ReturnType<typeof startOwnRedis>>,
  keys: Keys,
  rules: RecordReads = reads,
) {
  const connect = () => {
    const client = failFastClient(redis.address, "turns");
    client.on("error", () => undefined);
    return client;
  };
  const turns = createTurns(connect, keys, rules);
  onTestFinished(turns.close);
  return turns.of("seven");
}

async function anOwnRedis() {
  const redis = await startOwnRedis();
  onTestFinished(redis.stop);
  return redis;
}

/** The same rules a hundred times faster. */
const quick = () => localTurns({ everyMs: 10, withinMs: 5_000 });

let numbers = 0;
/** Sends one message and names it as a flow would. */
async function sent({ send }: Worker, to = `+49151${20_000_000 + numbers++}`): Promise<StatusQuery> {
  const reference = `${v7()}-1`;
  const content = { code: "739154", text: `739154 is your code ${reference}` };
  const sentAt = Date.now();
  const outcome = await send({ to: to as Msisdn, content, reference, validForMs: 300_000 }, alive());
  const providerMessageId = outcome.kind === "accepted" ? outcome.providerMessageId : undefined;
  return { to: to as Msisdn, reference, providerMessageId: providerMessageId ?? "none", sentAt };
}

async function many(worker: Worker, count: number): Promise<StatusQuery[]> {
  const queries: StatusQuery[] = [];
  for (let n = 0; n < count; n += 1) queries.push(await sent(worker));
  return queries;
}

const asked = ({ requests }: CountingProxy) => requests.filter(({ path }) => path.startsWith("/api/journal"));
const said = (reading: StatusReading) => (reading.kind === "known" ? reading.report.said : reading.kind);

it("200 unsettled messages of two workers cost a request a second, and every status is right", async () => {
  const redis = await anOwnRedis();
  const keys = createKeys("{journal}");
  const { proxy } = await aJournal({ reportDelayMs: 9_000, reportsBySuffix: { "7": "undelivered" } });
  const workers = [aWorker(proxy, sharedTurns(redis, keys)), aWorker(proxy, sharedTurns(redis, keys))];
  const mine = [await many(workers[0]!, 100), await many(workers[1]!, 100)];
  const readings: { query: StatusQuery; reading: StatusReading }[] = [];
  const untilAt = performance.now() + 10_000;
  const follow = async (worker: Worker, query: StatusQuery) => {
    while (performance.now() < untilAt) {
      readings.push({ query, reading: await worker.status(query, AbortSignal.timeout(15_000)) });
      await sleep(2_000);
    }
  };
  const before = asked(proxy).length;
  await Promise.all(workers.flatMap((worker, n) => mine[n]!.map((query) => follow(worker, query))));
  const { length } = asked(proxy).filter(({ at }) => at < untilAt);
  expect(before).toBe(0);
  expect(length).toBeGreaterThanOrEqual(5);
  expect(length).toBeLessThanOrEqual(11);
  expect(readings.map(({ reading }) => reading.kind)).not.toContain("unreadable");
  expect(readings.length).toBeGreaterThan(400);
  const ends = await Promise.all(mine[0]!.map((query) => workers[1]!.status(query, alive())));
  for (const [n, end] of ends.entries()) {
    const isLost = mine[0]![n]!.to.endsWith("7");
    expect(said(end)).toBe(isLost ? "NOTDELIVERED" : "DELIVERED");
    if (end.kind === "known") expect(end.report.reference).toBe(mine[0]![n]!.reference);
  }
}, 60_000);

it("a hundred doubts of a busy account are settled by a few pages, absent ones as well", async () => {
  const { proxy } = await aJournal();
  const worker = aWorker(proxy, quick());
  const taken = await many(worker, 150);
  const never = taken.slice(0, 50).map((query) => ({ ...query, reference: `${v7()}-1` }));
  const finds = await Promise.all(
    [...taken.slice(0, 50), ...never].map((one) => worker.lookUp(one, alive())),
  );
  expect(finds.slice(0, 50)).toEqual(
    taken.slice(0, 50).map(({ providerMessageId }) => ({
      kind: "found",
      providerMessageId,
      cost: { micros: 75_000, currency: "EUR" },
    })),
  );
  expect(finds.slice(50)).toEqual(never.map(() => ({ kind: "absent" })));
  expect(asked(proxy)).toHaveLength(2);
  expect(asked(proxy).filter(({ path }) => /[?&]to=/.test(path))).toEqual([]);
});

it("a message behind the first page is walked to, and one that is alone is asked for by its id", async () => {
  const { proxy } = await aJournal();
  const worker = aWorker(proxy, quick());
  const old = await many(worker, 2);
  await many(worker, 250);
  const both = await Promise.all(old.map((query) => worker.status(query, alive())));
  expect(both.map(said)).toEqual(["DELIVERED", "DELIVERED"]);
  expect(asked(proxy).map(({ path }) => /offset=(\d+)/.exec(path)?.[1])).toEqual(["0", "95", "190"]);
  const alone = await aWorker(proxy, quick()).status(old[0]!, alive());
  expect(said(alone)).toBe("DELIVERED");
  expect(asked(proxy).at(-1)?.path).toContain(`id=${old[0]!.providerMessageId}`);
});

it("a final status that a page brought for others is told without asking again", async () => {
  const { proxy } = await aJournal();
  const worker = aWorker(proxy, quick());
  const [one, two, three] = await many(worker, 3);
  await Promise.all([worker.status(one!, alive()), worker.status(two!, alive())]);
  const { length } = asked(proxy);
  expect(said(await worker.status(three!, alive()))).toBe("DELIVERED");
  expect(await worker.lookUp(three!, alive())).toMatchObject({ kind: "found" });
  expect(asked(proxy)).toHaveLength(length);
});

it("a journal that is away ends all who wait by one request, and a slow one still answers", async () => {
  const { proxy, twin } = await aJournal({ journalStatus: 503 });
  const worker = aWorker(proxy, quick());
  const queries = await many(worker, 20);
  const readings = await Promise.all(queries.map((query) => worker.status(query, alive())));
  expect(new Set(readings.map(said))).toEqual(new Set(["unreadable"]));
  expect(asked(proxy)).toHaveLength(1);
  twin.faults.set({ journalStatus: 200 });
  proxy.delayMs = 1_500;
  const later = await Promise.all(queries.map((query) => worker.status(query, alive())));
  expect(new Set(later.map(said))).toEqual(new Set(["DELIVERED"]));
});

it("one who gives up is told at once, and takes nobody else with him", async () => {
  const { proxy } = await aJournal();
  const worker = aWorker(proxy, quick());
  const [one, two] = await many(worker, 2);
  proxy.delayMs = 500;
  const giveUp = new AbortController();
  const first = worker.status(one!, giveUp.signal);
  const second = worker.status(two!, alive());
  await expect.poll(() => asked(proxy).length).toBe(1);
  giveUp.abort();
  expect(said(await first)).toBe("unreadable");
  expect(said(await second)).toBe("DELIVERED");
});

it("a question whose turn would come too late is unreadable, and so is one without Redis", async () => {
  const redis = await anOwnRedis();
  const keys = createKeys("{late}");
  const { proxy } = await aJournal();
  const rules = { everyMs: 60_000, withinMs: 300 };
  const worker = aWorker(proxy, sharedTurns(redis, keys, rules));
  const [one, two] = await many(worker, 2);
  expect(said(await worker.status(one!, alive()))).toBe("DELIVERED");
  expect(said(await worker.status(two!, alive()))).toBe("unreadable");
  expect(asked(proxy)).toHaveLength(1);
  const away = aWorker(proxy, sharedTurns(redis, createKeys("{away}"), { everyMs: 1, withinMs: 1_000 }));
  expect(said(await away.status(two!, alive()))).toBe("DELIVERED");
  await redis.stop();
  const three = await sent(away);
  expect(said(await away.status(three, alive()))).toBe("unreadable");
});

it("one worker's page answers the other one, who has no turn yet", async () => {
  const redis = await anOwnRedis();
  const keys = createKeys("{shared}");
  const { proxy } = await aJournal();
  const rules = { everyMs: 4_000, withinMs: 5_000 };
  const [reader, other] = [
    aWorker(proxy, sharedTurns(redis, keys, rules)),
    aWorker(proxy, sharedTurns(redis, keys, rules)),
  ];
  const [one, two, three] = await many(reader, 3);
  const read = await Promise.all([reader.status(one!, alive()), reader.status(two!, alive())]);
  expect(read.map(said)).toEqual(["DELIVERED", "DELIVERED"]);
  const startedAt = performance.now();
  expect(said(await other.status(three!, alive()))).toBe("DELIVERED");
  expect(performance.now() - startedAt).toBeLessThan(3_000);
  expect(asked(proxy)).toHaveLength(1);
});

it("what is left for other workers holds neither text nor number", async () => {
  const redis = await anOwnRedis();
  const keys = createKeys("{secret}");
  const { proxy } = await aJournal();
  const turns = sharedTurns(redis, keys);
  const worker = aWorker(proxy, turns);
  const queries = await many(worker, 2);
  await Promise.all(queries.map((query) => worker.status(query, alive())));
  await expect.poll(async () => (await turns.left())?.brought ?? "").toContain("DELIVERED");
  const { brought } = (await turns.left())!;
  for (const secret of ["739154", ...queries.map(({ to }) => to.slice(1))])
    expect(brought).not.toContain(secret);
});
