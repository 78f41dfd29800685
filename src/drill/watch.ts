import { setTimeout as sleep } from "node:timers/promises";
import type { Plan, Run } from "./drill.ts";
import type { LoadCounts } from "./load-process.ts";
import { createPhases } from "./phases.ts";
import type { Progress } from "./progress.ts";
import type { Stage } from "./stage.ts";
import type { TwinCounts } from "./twin-process.ts";

const LOOK_MS = 250;

type WatchDeps = { plan: Plan; run: Run; progress: Progress };
/** The schedule's zero, and what the load has told so far. */
type Load = { startAt: number; counts: () => LoadCounts };

/** Starts each phase on time, reads the circuit, and tells how far everything is. */
export function watchRun(stage: Stage, { plan, run, progress }: WatchDeps, load: Load) {
  const circuit: { at: number; state: number }[] = [];
  const over = new AbortController();
  const { phases, startDue } = createPhases(stage, plan, load.startAt);
  let open: number | undefined;
  const look = async () => {
    const state = await stage.service.circuitOf("seven-sms").catch(() => undefined);
    if (state !== undefined) circuit.push({ at: Date.now(), state });
    const counted = await stage.twins.counts().catch(() => undefined);
    const standing = { phase: phases.at(-1)?.name, taken: counted?.taken, open };
    progress.now(`${run.name}, ${progressLine({ ...load, ...standing })}`);
  };
  const watching = (async () => {
    while (!over.signal.aborted) {
      await startDue();
      await look();
      await sleep(LOOK_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
  })();
  // Told by `end`; until then a phase that could not start must not end the process.
  watching.catch(() => undefined);
  return {
    settling: (left: number) => {
      open = left;
    },
    end: async () => {
      over.abort();
      await watching;
      return { circuit, phases };
    },
  };
}

type Standing = Load & {
  phase: string | undefined;
  taken: TwinCounts["taken"] | undefined;
  open: number | undefined;
};

export function progressLine({ startAt, counts, phase = "starting", taken, open }: Standing): string {
  const { asked, acked, refused, unknown } = counts();
  const seconds = Math.max(0, Math.round((Date.now() - startAt) / 1_000));
  const answers = `asked ${asked}, acked ${acked}, refused ${refused}, unknown ${unknown}`;
  const ending = open === undefined ? "" : `, at most ${open} not ended yet`;
  return `${seconds} s, ${phase}: ${answers}; taken by ${takenLine(taken)}${ending}`;
}

function takenLine(taken: Standing["taken"]): string {
  const { seven = "?", "telegram-gateway": telegram = "?", gatewayapi = "?" } = taken ?? {};
  return `seven ${seven}, Telegram ${telegram}, GatewayAPI ${gatewayapi}`;
}
