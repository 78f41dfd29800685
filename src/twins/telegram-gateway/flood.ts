const WINDOW_MS = 1_000;

export type Flood = ReturnType<typeof createFlood>;

/** Telegram's limit on sends: none is published for the Gateway, its bots are told FLOOD_WAIT beyond 30/s. */
export function createFlood() {
  let taken: number[] = [];
  return {
    /** Counts a send in; false when the last second is full. @param perSecond 0 = no limit */
    enter: (at: number, perSecond: number): boolean => {
      if (perSecond === 0) return true;
      taken = taken.filter((one) => one > at - WINDOW_MS);
      if (taken.length >= perSecond) return false;
      taken.push(at);
      return true;
    },
    reset: () => {
      taken = [];
    },
  };
}
