import { type OperatorWord, wordNow } from "../core/operator-word.ts";
import type { Events } from "../flows/events.ts";
import type { OrderStore, StoredWord } from "./order-store.ts";
import { orKnown } from "./patience.ts";

/** An operator's word is known in every process after this, and a fresh look is taken where it is not. */
const SYNC_MS = 250;
/** A snapshot of this age is still good enough: a stop holds within a second, a call's own start included. */
const FRESH_MS = 2 * SYNC_MS;
/** A fresh look that takes longer is none. */
const PATIENCE_MS = 400;

export type Orders = {
  /** The word as last read, also one that has run out. */
  word: (route: string) => OperatorWord | undefined;
  /** What is left of the pause that the provider asked for, in ms. */
  restMs: (route: string) => number;
  rest: (route: string, forMs: number) => Promise<void>;
  /** Asked between intent and call. Who cannot find out must not call. */
  isStopped: (route: string) => Promise<boolean>;
  close: () => void;
};

export type OrdersDeps = { store: OrderStore; events: Events; now: () => number };

type Known = { words: ReadonlyMap<string, StoredWord>; rests: Map<string, number>; readAt: number };

/** The operators' words and the providers' wishes as this process knows them. */
export function createOrders(deps: OrdersDeps): Orders {
  const known: Known = { words: new Map(), rests: new Map(), readAt: Number.NEGATIVE_INFINITY };
  const { store, now } = deps;
  const read = () => void sync(deps, known).catch(() => undefined);
  // A read that fails is made again; Redis' own errors are reported by its client.
  const timer = setInterval(read, SYNC_MS);
  read();
  return {
    word: (route) => known.words.get(route)?.word,
    restMs: (route) => Math.max(0, (known.rests.get(route) ?? 0) - now()),
    rest: async (route, forMs) => {
      const endsAt = now() + forMs;
      lengthen(known.rests, route, endsAt);
      const before = await store.rest(route, endsAt);
      // Many calls may be refused for the same reason; one line tells of the rest.
      if (before <= now()) deps.events.record({ kind: "route.rests", route, restMs: forMs });
    },
    isStopped: async (route) => {
      const isStopped = (word: OperatorWord | undefined) => wordNow(word, now()) === "stopped";
      if (performance.now() - known.readAt < FRESH_MS) return isStopped(known.words.get(route)?.word);
      const asked = store.word(route).then(isStopped);
      return orKnown(
        asked.catch(() => true),
        true,
        PATIENCE_MS,
      );
    },
    close: () => clearInterval(timer),
  };
}

async function sync(deps: OrdersDeps, known: Known): Promise<void> {
  const startedAt = performance.now();
  const [words, rests] = await Promise.all([deps.store.words(), deps.store.rests()]);
  known.words = words;
  // What this process has just learnt may not have been stored when the others were read.
  for (const [route, endsAt] of rests) lengthen(known.rests, route, endsAt);
  known.readAt = startedAt;
  for (const [route, stored] of words) await dropRunOut(deps, route, stored);
}

function lengthen(rests: Map<string, number>, route: string, endsAt: number): void {
  rests.set(route, Math.max(endsAt, rests.get(route) ?? 0));
}

async function dropRunOut({ store, events, now }: OrdersDeps, route: string, stored: StoredWord) {
  const { word } = stored;
  if (now() < word.until || !(await store.dropRunOut(route, stored))) return;
  events.record({ kind: "word.ended", route, word, how: "run_out", by: word.by, at: now() });
}
