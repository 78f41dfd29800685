import type { Clock } from "../../src/flows/ports.ts";
import { CREATED_AT } from "./build.ts";

export type VirtualClock = Clock & {
  /** Resolves when virtual time has moved on by `ms`. */
  sleep: (ms: number) => Promise<void>;
  /** Calls `run` at an instant; one in the past is called at once by the next `runUntil`. */
  at: (instant: number, run: () => void) => void;
  /** When the next timer is due. */
  nextAt: () => number | undefined;
  /** Runs everything that is due up to and including this instant, then stands there. */
  runUntil: (instant: number) => Promise<void>;
  runFor: (ms: number) => Promise<void>;
};

type Timer = { at: number; order: number; run: () => void };

/** A clock that only moves when it is told to, and runs what waits for it in order. */
export function createVirtualClock(startAt = CREATED_AT): VirtualClock {
  const timers: Timer[] = [];
  let now = startAt;
  let order = 0;
  const at: VirtualClock["at"] = (instant, run) => {
    const timer = { at: Math.max(instant, now), order: order++, run };
    let place = timers.length;
    while (place > 0 && timers[place - 1]!.at > timer.at) place--;
    timers.splice(place, 0, timer);
  };
  const runUntil: VirtualClock["runUntil"] = async (instant) => {
    await idle();
    while (timers[0] && timers[0].at <= instant) {
      const timer = timers.shift()!;
      now = Math.max(now, timer.at);
      timer.run();
      await idle();
    }
    now = Math.max(now, instant);
  };
  return {
    now: () => now,
    elapsed: () => now - startAt,
    sleep: (ms) => new Promise((resolve) => at(now + ms, resolve)),
    at,
    nextAt: () => timers[0]?.at,
    runUntil,
    runFor: (ms) => runUntil(now + ms),
  };
}

/** Every promise that can settle without virtual time has settled afterwards. */
function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
