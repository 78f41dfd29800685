import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { BREAKAGES, ERROR_SHAPES, REPORT_PLANS } from "./behaviour.ts";
import type { Breakage, ReportPlan } from "./behaviour.ts";
import { seeded } from "./dice.ts";
import { answerFieldsSchema } from "./seven/contract.ts";

const share = z.number().min(0).max(1);
const ms = z.number().int().min(0).max(86_400_000);

/** What a run-wide script may say; a magic number is stronger than the script. */
const scriptSchema = z.strictObject({
  /** Starts the twin's dice, so that a drill throws the same faults again. */
  seed: z.number().int().default(1),
  /** Pace of seven's or GatewayAPI's account in messages per second; the excess waits silently. 0 = no queue. */
  ratePerSecond: z.number().min(0).default(10),
  /** Time from the accept to the answer. */
  latencyMs: ms.default(0),
  /** Grows the latency by this much for every second since the script was set. */
  latencyRampMsPerSecond: z.number().min(0).default(0),
  /** Share of sends that is refused, and with which code (seven) or error (Telegram). */
  refuseShare: share.default(0),
  refuseCode: z.string().default("600"),
  refuseError: z.string().default("FLOOD_WAIT_5"),
  /** Share of sends that is accepted and never answered. */
  hangShare: share.default(0),
  /** Share of sends with a broken answer, how it breaks, and whether it had been accepted. */
  breakShare: share.default(0),
  breakage: z.enum(BREAKAGES).default("reset"),
  breakAccepted: z.boolean().default(true),
  reports: z.enum(REPORT_PLANS).default("normal"),
  /** Share of messages whose reports get lost on the way; journal and status know them. */
  lostShare: share.default(0),
  /** Shares of messages with other plans than `reports`; they lie beside `lostShare`, so all add up to 1 at most. */
  reportShares: z
    .partialRecord(z.enum(REPORT_PLANS), share)
    .default({})
    .refine((shares) => total(shares) <= 1, "the shares add up to more than 1"),
  /** Plans of the numbers that end in these digits; stronger than the shares, weaker than a magic number. */
  reportsBySuffix: z.record(z.string().regex(/^\d{1,6}$/), z.enum(REPORT_PLANS)).default({}),
  /** The same for numbers that begin with these digits, such as a country's calling code; weaker than a suffix. */
  reportsByPrefix: z.record(z.string().regex(/^[1-9]\d{0,5}$/), z.enum(REPORT_PLANS)).default({}),
  /** Price of a message to numbers that begin with these digits, in the provider's currency. */
  priceByPrefix: z.record(z.string().regex(/^[1-9]\d{0,5}$/), z.number().min(0).max(100)).default({}),
  /** Hand-over to DELIVERED; also to the final report of the other plans. */
  reportDelayMs: ms.default(300),
  /** Delay of the DELIVERED in plan `late`. */
  lateMs: ms.default(5_000),
  /** Shortens every ttl, for tests that shall not wait 30 s for an expiry. */
  ttlScale: z.number().min(0).default(1),
  /** Money left, in the provider's currency. A new script fills it up again. */
  balance: z.number().default(1_000_000),
  /** How long the journal does not yet know a message. */
  journalLagMs: ms.default(0),
  /** Anything but 200: the journal answers with this status and an HTML page. */
  journalStatus: z.number().int().min(200).max(599).default(200),
  /** The form of every refusal of seven's that the magic numbers do not fix. */
  errorShape: z.enum(ERROR_SHAPES).default("object"),
  /** Share of numbers that Telegram knows, by a hash of the number: the same ones every time. */
  reach: share.default(1),
  /** Messages that Telegram takes within any second before it says FLOOD_WAIT_1. 0 = no limit. */
  floodPerSecond: z.number().int().min(0).default(0),
  /** seven's 402 for the same text to the same number, and for how long. Source of 180 s: older docs, sms. */
  reloadLock: z.boolean().default(true),
  reloadLockMs: ms.default(180_000),
  /** Whether seven's journal tells our `foreign_id`. */
  journalForeignId: z.boolean().default(true),
  /** Fields and types of seven's accepting answers, as they were measured; the documented ones when left out. */
  answer: answerFieldsSchema.optional(),
  /** False turns the magic numbers off. */
  magic: z.boolean().default(true),
});

export type FaultScript = z.output<typeof scriptSchema>;
/** A part of the script; what is left out keeps its value. */
export type FaultPatch = z.input<typeof scriptSchema>;
/** What the dice can say; undefined is a normal send. */
export type RunFault = { kind: "refuse" } | { kind: "break"; how: Breakage; accepted: boolean };

export type Faults = {
  script: () => FaultScript;
  /** Merges into the script. Throws a ZodError that names the bad field. */
  set: (patch: FaultPatch) => FaultScript;
  /** Back to the script of the creation. */
  reset: () => void;
  /** Throws the dice for one send. */
  roll: () => RunFault | undefined;
  /** Delays an answer by the latency that is due now; undefined where there is none. */
  pause: () => Promise<void> | undefined;
  /** The plan of a message to a number (digits) without magic. */
  plan: (number: string) => ReportPlan;
  /** Of one message to a number (digits), in the provider's currency. */
  price: (number: string, usual: number) => number;
  /** Money that is left after what was spent under this script. */
  balance: () => number;
  spend: (amount: number) => void;
};

export function createFaults(initial: FaultPatch = {}): Faults {
  const first = scriptSchema.parse(initial);
  let script = first;
  let setAt = Date.now();
  let spent = 0;
  let random = seeded(script.seed);
  const use = (next: FaultScript) => {
    script = next;
    setAt = Date.now();
    spent = 0;
    random = seeded(next.seed);
    return next;
  };
  return {
    script: () => script,
    set: (patch) => use(scriptSchema.parse({ ...script, ...patch })),
    reset: () => void use(first),
    roll: () => rollFault(script, random),
    pause: () => {
      const ms = script.latencyMs + (script.latencyRampMsPerSecond * (Date.now() - setAt)) / 1_000;
      return ms > 0 ? setTimeout(ms) : undefined;
    },
    plan: (number) =>
      planBySuffix(script, number) ?? byPrefix(script.reportsByPrefix, number) ?? rollPlan(script, random),
    price: (number, usual) => byPrefix(script.priceByPrefix, number) ?? usual,
    balance: () => Math.round((script.balance - spent) * 10_000) / 10_000,
    spend: (amount) => {
      spent += amount;
    },
  };
}

/** One throw decides: the shares lie side by side on it, so they add up. */
function rollFault(script: FaultScript, random: () => number): RunFault | undefined {
  const { refuseShare, hangShare, breakShare } = script;
  if (refuseShare + hangShare + breakShare === 0) return undefined;
  const dice = random();
  if (dice < refuseShare) return { kind: "refuse" };
  if (dice < refuseShare + hangShare) return { kind: "break", how: "hang", accepted: true };
  if (dice >= refuseShare + hangShare + breakShare) return undefined;
  return { kind: "break", how: script.breakage, accepted: script.breakAccepted };
}

function planBySuffix({ reportsBySuffix }: FaultScript, number: string): ReportPlan | undefined {
  return Object.entries(reportsBySuffix).find(([suffix]) => number.endsWith(suffix))?.[1];
}

function byPrefix<T>(known: Record<string, T>, number: string): T | undefined {
  return Object.entries(known).find(([prefix]) => number.startsWith(prefix))?.[1];
}

/** Like the faults of a send: one throw, and the shares lie side by side on it. */
function rollPlan({ lostShare, reportShares, reports }: FaultScript, random: () => number): ReportPlan {
  const shares = [["lost", lostShare], ...Object.entries(reportShares)] as [ReportPlan, number][];
  if (shares.every(([, one]) => one === 0)) return reports;
  let dice = random();
  for (const [plan, one] of shares) {
    if (dice < one) return plan;
    dice -= one;
  }
  return reports;
}

/** Rounded, for ten shares of 0.1 make slightly more than 1. */
function total(shares: Partial<Record<ReportPlan, number>>): number {
  return Math.round(Object.values(shares).reduce((sum, one) => sum + one, 0) * 1e6) / 1e6;
}
