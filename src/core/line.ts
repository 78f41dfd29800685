/** How long a line is for one client of a lane that lets clients take turns. */

/** Another client of the lane. */
export type Other = {
  waiting: number;
  /** What it has put into the lane lately, for it will go on. */
  perSecond: number;
};

export type Line = {
  /** Attempts without a turn, which go before all others. */
  first: number;
  /** The client's own that wait. */
  own: number;
  others: readonly Other[];
  /** Starts of the lane. */
  perSecond: number;
};

/** How far back others are counted, in ms: for as long as a code of the shortest life waits at most. */
export const LOOK_BACK_MS = 30_000;
/**
 * Standard deviations by which more may come than did. What a flood is let in with stands at the end of the line all
 * the time and is wrong together, so two of them, one case in forty, would lose more than one code in a hundred.
 */
const DEVIATIONS = 3;

/**
 * How many start before one more message of the client: its own, and of each other client what waits and what comes
 * until then, but no more than the client has turns itself. That instant depends on how many start before it, so it is
 * sought from the latest one possible on; each look takes at least one client from those who use all their turns, and
 * the last one finds nothing to take.
 */
export function startsAhead({ first, own, others, perSecond }: Line): number {
  const turns = own + 1;
  const most = first + own + others.length * turns;
  let starts = most;
  for (;;) {
    const { fixed, coming } = flow(others, turns, starts / perSecond);
    const share = Math.max(0, 1 - coming / perSecond);
    const next = share === 0 ? starts : (first + own + fixed) / share;
    if (next >= starts) return Math.min(most, starts + byChance(coming, starts / perSecond) / (share || 1));
    starts = next;
  }
}

/** Of the others within some seconds: starts that are known now, and the rate of those who keep coming. */
function flow(others: readonly Other[], turns: number, seconds: number): { fixed: number; coming: number } {
  let [fixed, coming] = [0, 0];
  for (const { waiting, perSecond } of others) {
    const isFull = waiting + perSecond * seconds >= turns;
    fixed += isFull ? turns : waiting;
    if (!isFull) coming += perSecond;
  }
  return { fixed, coming };
}

/** People come at random: as many more as may be by chance, from now on and in the time that they were counted in. */
function byChance(perSecond: number, seconds: number): number {
  return DEVIATIONS * Math.sqrt(perSecond * seconds * (1 + (seconds * 1_000) / LOOK_BACK_MS));
}
