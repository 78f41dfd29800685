/** The real clock: epoch ms for instants that are stored, a monotonic one for differences. */
export const systemClock = {
  now: (): number => Date.now(),
  elapsed: (): number => performance.now(),
};
