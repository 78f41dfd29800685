import { firstSend } from "./first-send.ts";
import { freeSteps } from "./free-steps.ts";
import { lockStep } from "./lock.ts";
import type { LiveDeps, Measured } from "./session.ts";
import { answerFieldsOf, rateHintsOf } from "./shape.ts";
import { watchJournal, watchReports } from "./watch.ts";

/** The steps in their order. Free ones come first: a key that is wrong must not cost a message. @throws LiveFault */
export async function measure(deps: LiveDeps): Promise<Measured> {
  const free = await freeSteps(deps);
  const sent = await firstSend(deps, free.signing);
  // Both clocks run from here on, whatever is asked meanwhile.
  const journal = watchJournal(deps, sent);
  const reports = watchReports(deps, sent);
  const reloadLock = await lockStep(deps, sent);
  deps.say("Waiting for the journal and for reports ...");
  return {
    account: sent.isSandbox ? "sandbox" : "real",
    answer: { tookMs: sent.heard.tookMs, fields: answerFieldsOf(sent.heard) },
    badKey: free.badKey,
    reloadLock,
    journal: await journal,
    reports: await reports,
    signing: free.signing,
    rateHints: rateHintsOf(sent.heard),
  };
}
