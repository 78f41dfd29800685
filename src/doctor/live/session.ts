import type { Msisdn } from "../../core/phone.ts";
import type { Report } from "../../core/report.ts";
import type { Contract } from "../../twins/seven/contract.ts";
import { type Budget, euros } from "./budget.ts";
import type { Heard, SmsBody, Wire } from "./wire.ts";

export type LiveDeps = {
  wire: Wire;
  to: Msisdn;
  /** Our id of the message, such as otpost gives to attempts. */
  reference: string;
  sender: string | undefined;
  /** A signing key is set: signed calls are tried. */
  canSign: boolean;
  budget: Budget;
  /** Before each step that may cost. */
  agreed: (question: string) => Promise<boolean>;
  say: (line: string) => void;
  /** Reports of a message that came to the running otpost; undefined where nobody takes them. */
  reportsOf: ((messageId: string) => Promise<readonly Report[]>) | undefined;
  waits: Waits;
  sleep: (ms: number) => Promise<void>;
  /** Monotonic, ms. */
  elapsed: () => number;
};

export type Waits = {
  journalMs: number;
  journalEveryMs: number;
  reportsMs: number;
  lockMs: number;
  lockEveryMs: number;
};

export type Measured = Omit<Contract, "version" | "provider" | "measuredAt" | "otpost">;

/** A live try that ended before there was anything to write down. */
export class LiveFault extends Error {
  override readonly name = "LiveFault";
}

/** A message that was taken. `at` is monotonic, ms. */
export type Sent = {
  heard: Heard;
  sms: SmsBody;
  messageId: string | undefined;
  isSandbox: boolean;
  at: number;
};

/** @throws LiveFault when the cap or the person says no */
export async function mayCost({ budget, agreed }: LiveDeps, what: string): Promise<void> {
  const next = euros(budget.nextMicros);
  const spent = `${euros(budget.spentMicros())} of ${euros(budget.capMicros)} spent`;
  if (!budget.allows()) {
    throw new LiveFault(`The next message may cost ${next}, and ${spent}: raise --max-cost`);
  }
  if (!(await agreed(`${what} (about ${next}, ${spent})?`))) {
    throw new LiveFault("That step was left out: nothing was sent for it");
  }
}
