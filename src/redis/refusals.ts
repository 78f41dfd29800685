import type { Redis } from "ioredis";
import type { Msisdn } from "../core/phone.ts";
import type { RefusedRequest, Refusals } from "../flows/limit-ports.ts";
import type { Vault } from "../platform/secret.ts";
import { type Keys, REFUSALS_PER_NUMBER_MAX, REFUSALS_TTL_MS, REFUSED_NUMBERS_MAX } from "./keys.ts";
import { orKnown } from "./patience.ts";
import { boundedIn, defineScript, type Script } from "./script.ts";
import { reachable } from "./unavailable.ts";

/** Together a flood costs few round trips, and somebody who asks at once still finds his own. */
const GATHERED_MS = 50;
/** While Redis is away they wait here; a flood must not fill the memory. */
const WAITING_MAX = 10_000;
const AGAIN_MS = 1_000;
const LAST_MS = 1_000;

/**
 * Adds refusals of one number within the bounds: the newest of a number, and the numbers that were refused last. May
 * run twice, for a Redis that hung carries out what was given up.
 * KEYS list, index   ARGV 1 now, 2 ttl, 3 per number, 4 numbers, then the lines, oldest first
 */
const NOTE = `
for i = 5, #ARGV do
  redis.call('LREM', KEYS[1], 0, ARGV[i])
  redis.call('LPUSH', KEYS[1], ARGV[i])
end
redis.call('LTRIM', KEYS[1], 0, ARGV[3] - 1)
${boundedIn({ now: "ARGV[1]", ttl: "ARGV[2]", max: "ARGV[4]" })}`;

export type RunningRefusals = Refusals & {
  /** Writes what waits, for a second at most. */
  close: () => Promise<void>;
};

type Deps = {
  client: Redis;
  keys: Keys;
  vault: Vault;
  now: () => number;
  /** Told how many could not be kept; nothing is lost in silence. */
  onLost: (count: number) => void;
};

type Waiting = { recipient: Msisdn; refused: RefusedRequest };

/** What was turned away lately, by keyed hash of the number. Lines hold ids and words of ours only. */
export function createRefusals(deps: Deps): RunningRefusals {
  const note = defineScript(deps.client, "noteRefusals", NOTE);
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  function record(recipient: Msisdn, refused: RefusedRequest): void {
    if (waiting.length < WAITING_MAX) waiting.push({ recipient, refused });
    else deps.onLost(1);
    schedule(GATHERED_MS);
  }

  function schedule(ms: number): void {
    if (isClosed || timer) return;
    timer = setTimeout(() => void flush().finally(again), ms);
  }

  function again(): void {
    timer = undefined;
    if (waiting.length > 0) schedule(AGAIN_MS);
  }

  /** What could not be written waits on, before what came meanwhile. */
  async function flush(): Promise<void> {
    const batch = waiting;
    waiting = [];
    const failed = await writeAll(deps, note, batch);
    waiting = [...failed, ...waiting];
    const surplus = waiting.length - WAITING_MAX;
    if (surplus <= 0) return;
    waiting.splice(0, surplus);
    deps.onLost(surplus);
  }

  return {
    record,
    recall: (recipient, clientId) => recall(deps, recipient, clientId),
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await orKnown(flush(), undefined, LAST_MS);
      if (waiting.length > 0) deps.onLost(waiting.length);
    },
  };
}

/** @returns what could not be written */
async function writeAll(deps: Deps, note: Script, batch: readonly Waiting[]): Promise<Waiting[]> {
  const byNumber = new Map<Msisdn, Waiting[]>();
  for (const entry of batch) {
    const entries = byNumber.get(entry.recipient);
    if (entries) entries.push(entry);
    else byNumber.set(entry.recipient, [entry]);
  }
  const left = await Promise.all(
    [...byNumber].map(([recipient, entries]) =>
      write(deps, note, recipient, entries).then(
        () => [],
        () => entries,
      ),
    ),
  );
  return left.flat();
}

async function write(deps: Deps, note: Script, recipient: Msisdn, entries: readonly Waiting[]) {
  const { keys, vault, now } = deps;
  const lines = entries.map(({ refused }) => lineOf(refused));
  await note(
    [keys.refused(vault.hash("recipient", recipient)), keys.refusedIndex],
    [now(), REFUSALS_TTL_MS, REFUSALS_PER_NUMBER_MAX, REFUSED_NUMBERS_MAX, ...lines],
  );
}

async function recall(deps: Deps, recipient: Msisdn, clientId?: string): Promise<RefusedRequest[]> {
  const { client, keys, vault, now } = deps;
  const lines = await reachable(() => client.lrange(keys.refused(vault.hash("recipient", recipient)), 0, -1));
  return lines
    .map(parseLine)
    .filter((refused) => refused.at > now() - REFUSALS_TTL_MS)
    .filter((refused) => clientId === undefined || refused.clientId === clientId);
}

/** None of its words holds a blank. */
function lineOf({ at, clientId, reason, door }: RefusedRequest): string {
  return [at, clientId, reason, ...(door === undefined ? [] : [door])].join(" ");
}

function parseLine(line: string): RefusedRequest {
  const [at = "", clientId = "", reason = "", door] = line.split(" ");
  return { at: Number(at), clientId, reason, door };
}
