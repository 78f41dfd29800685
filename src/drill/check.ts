import { bestAnswer, type Case, isAcked, joinLedgers } from "./cases.ts";
import { endings, isLost } from "./endings.ts";
import type { Evidence } from "./evidence.ts";
import type { Figures } from "./figures.ts";
import { percentile, shareOf } from "./statistics.ts";
import { type Copy, ROUTE_NAMES, type RouteName } from "./truth.ts";

/** A person who waits longer asks again or gives up. */
const ON_TIME_MS = 20_000;

/** The figures of each group of a run, in the order in which the groups first asked. Pure. */
export function check(evidence: Evidence): Map<string, Figures> {
  const { cases, ghosts, wrong } = joinLedgers(evidence.asked, evidence.taken);
  const groups = new Map<string, Case[]>();
  for (const one of cases) {
    const group = groups.get(one.who);
    if (group) group.push(one);
    else groups.set(one.who, [one]);
  }
  const figures = [...groups].map(([who, group], index): [string, Figures] => {
    // What belongs to nobody's code stands in the first column, so that no table hides it.
    const strays = index === 0 ? { ghosts: ghosts.length, wrong: wrong.length } : {};
    return [who, { ...figuresOf(group, evidence), ...strays }];
  });
  return new Map(figures);
}

function figuresOf(cases: readonly Case[], evidence: Evidence): Figures {
  return {
    ...answers(cases),
    ...arrivalsAtHandset(cases),
    ...copies(cases),
    ...(cases.some(({ via }) => via === "otpost") ? endings(cases, evidence) : {}),
    lost: count(cases, (one) => isLost(one, evidence)),
  };
}

const count = <T>(list: readonly T[], is: (one: T) => boolean) => list.filter(is).length;

function answers(cases: readonly Case[]): Figures {
  const asks = cases.flatMap((one) => one.asks);
  // Of refusals and of waits given up as well: leaving out the worst answers would flatter the rest.
  const took = asks.map((ask) => ask.answeredAt - ask.intendedAt);
  const unknown = cases.filter((one) => bestAnswer(one) === "unknown");
  const refused = cases.filter((one) => bestAnswer(one) === "refused");
  return {
    codes: cases.length,
    acked: count(cases, isAcked),
    refused: refused.length,
    shareRefused: shareOf(refused.length, cases.length),
    refusedOtherwise: count(refused, (one) => one.asks.some((ask) => ask.status !== 503)),
    unknown: unknown.length,
    unknownSent: count(unknown, (one) => one.copies.length > 0),
    refusedAlive: count(cases, wasRefusedAlive),
    acceptP50: percentile(took, 0.5),
    acceptP99: percentile(took, 0.99),
    loadLate: percentile(
      asks.map((ask) => ask.sentAt - ask.intendedAt),
      0.99,
    ),
  };
}

function wasRefusedAlive({ asks }: Case): boolean {
  const [first] = asks.filter(({ outcome }) => outcome === "acked");
  if (first === undefined) return false;
  const { intendedAt, expiresAt } = first;
  const alive = asks.filter((ask) => ask.intendedAt > intendedAt && ask.answeredAt < expiresAt);
  return alive.some(({ outcome }) => outcome === "refused");
}

/** The first copy that reaches the phone, epoch ms. */
function reachedAt({ copies: all }: Case): number | undefined {
  const there = all.flatMap(({ handsetAt }) => handsetAt ?? []);
  return there.length === 0 ? undefined : Math.min(...there);
}

/** When the code dies: the first answer that took it on says so. */
function expiryOf({ asks }: Case): number {
  return (asks.find(({ outcome }) => outcome === "acked") ?? asks[0]).expiresAt;
}

function arrivalsAtHandset(cases: readonly Case[]): Figures {
  const took = cases.flatMap((one) => {
    const at = reachedAt(one);
    return at === undefined ? [] : [at - one.asks[0].intendedAt];
  });
  const inLife = (one: Case) => (reachedAt(one) ?? Number.POSITIVE_INFINITY) <= expiryOf(one);
  const acked = count(cases, isAcked);
  return {
    onTime: shareOf(
      count(took, (ms) => ms <= ON_TIME_MS),
      cases.length,
    ),
    inLife: shareOf(
      count(cases, (one) => isAcked(one) && inLife(one)),
      acked,
    ),
    handsetP50: percentile(took, 0.5),
    handsetP95: percentile(took, 0.95),
    handsetP99: percentile(took, 0.99),
    dead: count(cases, (one) => one.copies.some((copy) => (copy.handsetAt ?? 0) > expiryOf(one))),
  };
}

function copies(cases: readonly Case[]): Figures {
  const all = cases.flatMap((one) => one.copies);
  const by = (route: RouteName) => all.filter((copy) => copy.route === route);
  const [seven, telegram, gatewayapi] = [by("seven-sms"), by("telegram-gateway"), by("gatewayapi-sms")];
  const sent = cases.filter((one) => one.copies.length > 0);
  const repeats = cases.flatMap(repeatsOf);
  return {
    stale: count(cases, (one) => one.copies.some(({ at }) => at > expiryOf(one))),
    copiesSeven: seven.length,
    copiesTelegram: telegram.length,
    copiesGatewayapi: gatewayapi.length,
    copiesEach: shareOf(all.length, sent.length),
    ...firstCopies(sent),
    cut: count(all, ({ broken }) => broken),
    duplicates: repeats.length,
    unexplained: count(repeats, ({ explained }) => !explained),
    eur: paid(seven),
    usd: paid(telegram),
    eurGatewayapi: paid(gatewayapi),
  };
}

const paid = (list: readonly Copy[]) => list.reduce((total, { price }) => total + price, 0);

/** Whose copy came first, of the codes that were sent. */
function firstCopies(sent: readonly Case[]): Figures {
  const shareBy = (...routes: RouteName[]) =>
    shareOf(
      count(sent, ({ copies: [first] }) => first !== undefined && routes.includes(first.route)),
      sent.length,
    );
  return {
    spilled: shareBy("telegram-gateway", "gatewayapi-sms"),
    firstTelegram: shareBy("telegram-gateway"),
    firstGatewayapi: shareBy("gatewayapi-sms"),
  };
}

/** Copies after the first on the same route; a broken answer before is what explains one. */
function repeatsOf({ copies: all }: Case): { explained: boolean }[] {
  return ROUTE_NAMES.flatMap((route) => {
    const same = all.filter((copy) => copy.route === route);
    return same.slice(1).map((_, index) => ({ explained: same[index]?.broken ?? false }));
  });
}
