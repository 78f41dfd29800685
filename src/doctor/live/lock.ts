import type { SendOutcome } from "../../core/outcome.ts";
import { readSevenAnswer } from "../../providers/seven-answer.ts";
import { type LiveDeps, LiveFault, type Measured, mayCost, type Sent } from "./session.ts";
import { type RefusalShape, shapeOf } from "./shape.ts";

type Lock = Measured["reloadLock"];

/** The same text at once, then again until it is taken. A step that is declined leaves the rest as it is known. */
export async function lockStep(deps: LiveDeps, sent: Sent): Promise<Lock> {
  const { say } = deps;
  try {
    await mayCost(deps, "Send the same text again at once; refused for nothing where seven's lock is on");
    const shape = await repeat(deps, sent);
    if (shape === "taken") {
      say("The same text was taken again: there is no lock.");
      return { kind: "none" };
    }
    const lock = { kind: "locks", shape, atLeastMs: sinceMs(deps, sent), atMostMs: null } as const;
    say(`The same text is refused with 402 (${shape}).`);
    return await lockEnd(deps, sent, lock);
  } catch (error) {
    if (!(error instanceof LiveFault)) throw error;
    say(error.message);
    return { kind: "untested" };
  }
}

async function lockEnd(deps: LiveDeps, sent: Sent, lock: Lock & { kind: "locks" }): Promise<Lock> {
  const { waits, sleep, say } = deps;
  let { atLeastMs } = lock;
  try {
    const atMostS = Math.round(waits.lockMs / 1_000);
    await mayCost(deps, `Try again until it is taken, at most ${atMostS} s, to see how long the lock holds`);
    while (sinceMs(deps, sent) < waits.lockMs) {
      await sleep(waits.lockEveryMs);
      if ((await repeat(deps, sent)) === "taken") {
        const atMostMs = sinceMs(deps, sent);
        say(`The lock held for ${atLeastMs} to ${atMostMs} ms.`);
        return { ...lock, atLeastMs, atMostMs };
      }
      atLeastMs = sinceMs(deps, sent);
    }
    say(`The lock still held after ${atLeastMs} ms; a refused try may make it longer.`);
  } catch (error) {
    if (!(error instanceof LiveFault)) throw error;
    say(error.message);
  }
  return { ...lock, atLeastMs };
}

function sinceMs({ elapsed }: LiveDeps, { at }: Sent): number {
  return Math.round(elapsed() - at);
}

/** @throws LiveFault for anything but taken and locked */
async function repeat(deps: LiveDeps, sent: Sent): Promise<"taken" | RefusalShape> {
  const heard = await deps.wire.send(sent.sms, false);
  const body = heard ? heard.body : "";
  const outcome = readSevenAnswer(body);
  if (outcome?.kind === "accepted") {
    deps.budget.spend(sent.isSandbox ? 0 : outcome.cost?.micros);
    return "taken";
  }
  // In doubt it was sent, and paid.
  if (!outcome) deps.budget.spend(undefined);
  const shape = isLock(outcome) ? shapeOf(body) : undefined;
  if (shape) return shape;
  throw new LiveFault("The repeat was answered otherwise, so nothing is known of a lock");
}

function isLock(outcome: SendOutcome | undefined): boolean {
  return outcome?.kind === "refused" && outcome.reason === "already_sent";
}
