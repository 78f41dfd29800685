import type { Purpose } from "../core/delivery.ts";

export type JobName = { route: string; deliveryId: string; attempt: number };

/** An attempt for its lane: whose it is and what for decide when its turn comes. */
export type NewJob = JobName & {
  delayMs: number;
  purpose: Purpose;
  clientId: string;
  /** Its turn, where it was taken together with the delivery. */
  tag?: number | undefined;
};

/** The lanes. Adding the same attempt twice changes nothing. */
export type Jobs = {
  enqueue: (job: NewJob) => Promise<void>;
  /** Those of the named attempts that no lane holds. */
  missing: (jobs: readonly JobName[]) => Promise<JobName[]>;
  /** How many start before this attempt as its lane stands; undefined where it does not wait for its turn. */
  ahead: (job: JobName) => Promise<number | undefined>;
  /** Takes a waiting attempt out of its lane; one that runs already is left alone. */
  remove: (job: JobName) => Promise<void>;
};
