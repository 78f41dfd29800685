/**
 * An SMS account's silent queue: it takes everything at once and hands over at the account's rate, in order.
 * Source: help.seven.io, message-throughput-limit; that GatewayAPI queues alike is an assumption. Only
 * arithmetic: a queue of a million costs no timer.
 */
export function createSilentQueue() {
  let freeAt = 0;
  return {
    /**
     * @param ratePerSecond 0 lets everything through at once.
     * @returns the instant at which the message leaves the queue, not before `at`.
     */
    enter: (at: number, ratePerSecond: number): number => {
      if (ratePerSecond === 0) return at;
      const handOverAt = Math.max(at, freeAt);
      freeAt = handOverAt + 1_000 / ratePerSecond;
      return Math.round(handOverAt);
    },
    reset: () => {
      freeAt = 0;
    },
  };
}
