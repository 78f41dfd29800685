import { Redis } from "ioredis";
import { createLane } from "../../workers/lane.ts";
import { attemptHandler } from "../../workers/attempt.ts";
import { createKeys } from "../../src/redis/keys.ts";
import { createDeliveryStore } from "../../src/redis/delivery-store.ts";
import { createJobs, createQueues } from "../../src/redis/queues.ts";
import { createConsents } from "../../src/redis/consents.ts";
import { createPacer } from "../../src/redis/pacer.ts";
import { createReach } from "../../src/redis/reach.ts";
import { testRules } from "./build.ts";
import { aVault } from "./vault.ts";
import { createMemoryCircuits } from "./memory-circuits.ts";
import { createMemoryFigures } from "./memory-figures.ts";
import { createMemoryHealth } from "./memory-health.ts";
import { createMemoryQuiet } from "./memory-quiet.ts";
import { createMemoryBlocks, createMemoryRefusals, createMemoryStates } from "./memory-states.ts";

/** A worker process whose provider never answers: it prints `calling` and waits to be killed. */
const [url, prefix, masterKey] = process.argv.slice(2) as [string, string, string];
const client = new Redis(url, { maxRetriesPerRequest: null });
const rules = testRules();
const queues = createQueues({ client, prefix, routes: [...rules.routes.keys()] });
const vault = aVault(Buffer.from(masterKey, "hex"));
const keys = createKeys(prefix);
const circuits = createMemoryCircuits({ now: Date.now, rules, random: Math.random });
const events = { record: () => undefined };
const quiet = createMemoryQuiet({ now: Date.now, rules, events });
const hangs = {
  carries: () => true,
  send: () => {
    process.stdout.write("calling\n");
    return new Promise<never>(() => undefined);
  },
};
const deps = {
  clock: { now: Date.now, elapsed: () => performance.now() },
  random: { fraction: Math.random, id: () => "" },
  store: createDeliveryStore({
    client,
    keys,
    vault,
    limits: { per10Min: 0, perDay: 0 },
  }),
  jobs: createJobs(queues, client, keys),
  providers: { forRoute: () => hangs },
  states: createMemoryStates(circuits.isOpen, quiet.isQuiet),
  circuits,
  quiet,
  health: createMemoryHealth(),
  figures: createMemoryFigures(),
  pacer: createPacer(client, keys, rules),
  reach: createReach(client, keys, vault),
  consents: createConsents(client, keys, vault),
  blocks: createMemoryBlocks(),
  refusals: createMemoryRefusals(),
  defaultRoutes: [...rules.routes.keys()],
  routeOrder: "fixed" as const,
  events,
  rules,
};
createLane({
  name: "seven-sms",
  client,
  prefix,
  concurrency: 1,
  onError: (message) => process.stderr.write(`${message}\n`),
  handle: attemptHandler(deps, "seven-sms"),
}).run();
