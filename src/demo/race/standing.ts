import type { Side } from "./plan.ts";
import type { Score } from "./score.ts";

/** All that a frame shows. */
export type Standing = {
  seed: number;
  /** What happens to seven right now. */
  headline: string;
  /** Since the first person came. */
  atMs: number;
  /** People come for this long. */
  forMs: number;
  /** The longest that the race can last. */
  mostMs: number;
  scores: Record<Side, Score>;
};
