import type { VirtualClock } from "./virtual-clock.ts";

/** The process that ran a flow is gone at this await. */
export class Crash extends Error {
  override readonly name = "Crash";
}

export type Chaos = {
  /** The port with a random wait and a possible crash before and after each of its calls. */
  around: <Port extends object>(port: Port) => Port;
  crashes: () => number;
};

export type ChaosOptions = {
  clock: VirtualClock;
  /** Uniform in [0, 1). */
  random: () => number;
  latencyMaxMs: number;
  /** Chance of a crash at each await, while fewer than `crashesMax` happened. */
  crashRate: number;
  crashesMax: number;
};

type Step = (...args: unknown[]) => Promise<unknown>;

/** Kills flows at any of their awaits: before the port did its work, or after it and before the answer. */
export function createChaos({ clock, random, latencyMaxMs, crashRate, crashesMax }: ChaosOptions): Chaos {
  let crashes = 0;
  async function passOrCrash(): Promise<void> {
    const waitMs = random() < 0.5 ? 0 : Math.floor(random() * (latencyMaxMs + 1));
    if (waitMs > 0) await clock.sleep(waitMs);
    if (crashes >= crashesMax || random() >= crashRate) return;
    crashes += 1;
    throw new Crash(`crash ${crashes}`);
  }
  function disturbed(step: Step): Step {
    return async (...args) => {
      await passOrCrash();
      const result = await step(...args);
      await passOrCrash();
      return result;
    };
  }
  return {
    around: <Port extends object>(port: Port) => {
      const steps = Object.entries(port).map(([name, value]) => [
        name,
        typeof value === "function" ? disturbed(value as Step) : value,
      ]);
      return Object.fromEntries(steps) as Port;
    },
    crashes: () => crashes,
  };
}

/** The same seed gives the same numbers on every machine. */
export function seededRandom(seed: number): () => number {
  let state = (seed * 0x9e3779b1) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
