import type { LoadEntry } from "../../drill/load-entry.ts";
import { percentile } from "../../drill/statistics.ts";
import type { Copy } from "../../drill/truth.ts";
import type { Side } from "./plan.ts";

/** The figures of one side, from what its callers saw and from what the twins' ledger says. */
export type Score = {
  people: number;
  /** The first copy is on the phone: the ledger's truth, whatever otpost or a report says. */
  haveCode: number;
  /** Waits longer than 20 s, or no copy can arrive and nobody tries any more. */
  stuck: number;
  /** Login requests without an answer for more than a second, now and at the worst moment. */
  hanging: number;
  hangingMost: number;
  longestCallMs: number;
  /** Over those who have the code or are stuck; infinite where it never comes. */
  p50Ms: number | undefined;
  p95Ms: number | undefined;
  sms: number;
  telegram: number;
  eur: number;
  usd: number;
  /** Instants at which people got the code, ms since the start. */
  cameAtMs: readonly number[];
};

/** One login request. */
export type Call = {
  side: Side;
  /** Digits only, as the twins write them. */
  recipient: string;
  intendedAt: number;
  answeredAt?: number;
  outcome?: LoadEntry["outcome"];
};

/** Copies by recipient, digits only. */
export type Copies = ReadonlyMap<string, readonly Copy[]>;
export type Moment = {
  startAt: number;
  now: number;
  /** Nobody waits any longer: who has no code yet never gets it. */
  over: boolean;
};

/** The login page of a person who waits longer is closed again. */
const PATIENCE_MS = 20_000;
const HANGS_AFTER_MS = 1_000;

/** Pure. @param calls of one side */
export function score(calls: readonly Call[], copies: Copies, moment: Moment): Score {
  const begun = calls.filter(({ intendedAt }) => intendedAt <= moment.now);
  const people = begun.map((call) => fateOf(call, copies.get(call.recipient) ?? [], moment));
  const came = people.flatMap(({ handsetAt }) => handsetAt ?? []);
  const times = people.flatMap(({ tookMs }) => tookMs ?? []);
  const all = begun.flatMap(({ recipient }) => copies.get(recipient) ?? []);
  const telegram = all.filter(({ route }) => route === "telegram-gateway");
  const sms = all.filter(({ route }) => route !== "telegram-gateway");
  return {
    people: begun.length,
    haveCode: came.length,
    stuck: people.filter(({ stuck }) => stuck).length,
    ...waits(begun, moment.now),
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
    sms: sms.length,
    telegram: telegram.length,
    eur: paid(sms),
    usd: paid(telegram),
    cameAtMs: came.map((at) => at - moment.startAt),
  };
}

const paid = (list: readonly Copy[]) =>
  Math.round(list.reduce((sum, { price }) => sum + price, 0) * 1e3) / 1e3;

type Fate = { handsetAt?: number; stuck: boolean; tookMs?: number };

function fateOf(call: Call, copies: readonly Copy[], { now, over }: Moment): Fate {
  const there = Math.min(...copies.map(({ handsetAt }) => handsetAt ?? Number.POSITIVE_INFINITY));
  if (there <= now) return { handsetAt: there, stuck: false, tookMs: there - call.intendedAt };
  if (over || (there === Number.POSITIVE_INFINITY && isGivenUp(call)))
    return { stuck: true, tookMs: Number.POSITIVE_INFINITY };
  const waitedMs = now - call.intendedAt;
  return waitedMs > PATIENCE_MS ? { stuck: true, tookMs: waitedMs } : { stuck: false };
}

/** Nobody tries any more. otpost goes on for whom it has acked, and may for whom the answer was lost. */
function isGivenUp({ outcome, side }: Call): boolean {
  if (outcome === undefined) return false;
  return side === "direct" || outcome === "refused";
}

function waits(calls: readonly Call[], now: number) {
  const open = calls.map(({ intendedAt, answeredAt = Number.POSITIVE_INFINITY }) => ({
    from: intendedAt + HANGS_AFTER_MS,
    to: answeredAt > now ? Number.POSITIVE_INFINITY : answeredAt,
    tookMs: Math.min(answeredAt, now) - intendedAt,
  }));
  const hang = open.filter(({ from, to }) => from < Math.min(to, now));
  return {
    hanging: hang.filter(({ to }) => to > now).length,
    hangingMost: mostAtOnce(hang),
    longestCallMs: Math.max(0, ...open.map(({ tookMs }) => tookMs)),
  };
}

/** How many spans overlap at the fullest instant; the end of a span does not belong to it. */
function mostAtOnce(spans: readonly { from: number; to: number }[]): number {
  const edges = spans.flatMap(({ from, to }) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ]);
  let open = 0;
  let most = 0;
  for (const { by } of edges.toSorted((a, b) => a.at - b.at || a.by - b.by)) {
    open += by;
    most = Math.max(most, open);
  }
  return most;
}
