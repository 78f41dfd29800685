import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { type Config, ConfigFault, readConfig } from "../config.ts";
import { maskMsisdn, type Msisdn, parseMsisdn } from "../core/phone.ts";
import type { Report } from "../core/report.ts";
import { createRedisLook, type SharedLook } from "../doctor/installation/redis-look.ts";
import { createBudget, euros } from "../doctor/live/budget.ts";
import { measure } from "../doctor/live/measure.ts";
import { LiveFault, type Waits } from "../doctor/live/session.ts";
import { createWire, priceIn } from "../doctor/live/wire.ts";
import { systemRandom } from "../platform/random.ts";
import { createCaller } from "../providers/call.ts";
import { givenSettings } from "../providers/provider.ts";
import { sevenSettings } from "../providers/seven.ts";
import { type Contract, contractSchema } from "../twins/seven/contract.ts";
import { VERSION } from "../version.ts";
import { createQuestions, type Questions } from "./questions.ts";

export type LiveOptions = {
  to?: string;
  maxCost: number;
  out: string;
  yes?: true;
  json?: true;
  wait: number;
};

export function liveOptions(command: Command): Command {
  return command
    .option("--live", "send real messages by seven, and write down how it behaves; it costs money")
    .option("--to <number>", "with --live: a number of yours; - reads it from standard input")
    .option("--max-cost <euros>", "with --live: never spend more than this", micros, 1_000_000)
    .option("--out <file>", "with --live: what was measured, without number and key", "contract.json")
    .option("--wait <seconds>", "with --live: longest wait for lock, journal and reports", seconds, 300);
}

/** What is not there by then will not come; --wait may make it shorter. */
const RECORD_MS = 120_000;
const RECORD_EVERY_MS = 1_000;
const LOCK_EVERY_MS = 10_000;
const CALL_TIMEOUT_MS = 20_000;
/** Where no list of prices can be read: twice what seven's help names. */
const PRICE_GUESS_MICROS = 150_000;

/** What a real account does where documents and clients disagree. @throws LiveFault, ConfigFault */
export async function runLive({ to, maxCost, out, yes, json, wait }: LiveOptions): Promise<void> {
  const config = readConfig(process.env, { policy: "unread" });
  const output = json ? process.stderr : process.stdout;
  const questions = createQuestions({ yes: yes === true, output });
  const say = (line: string) => void output.write(`${line}\n`);
  const look = createRedisLook(config);
  try {
    const number = await numberOf(to, questions);
    say(
      `Messages go to ${maskMsisdn(number)} by the account of SEVEN_API_KEY; at most ${euros(maxCost)} are spent.`,
    );
    const waits = waitsOf(wait * 1_000);
    const { contract, spentMicros } = await tried({ config, number, maxCost, waits, questions, say, look });
    writeFileSync(resolve(out), `${JSON.stringify(contract, null, 2)}\n`);
    say(`Spent ${euros(spentMicros)}. Written to ${out}. Use it with: otpost twin --contract ${out}`);
    if (json) process.stdout.write(`${JSON.stringify({ spentMicros, contract })}\n`);
  } finally {
    questions.close();
    look.close();
  }
}

function waitsOf(lockMs: number): Waits {
  const recordMs = Math.min(RECORD_MS, lockMs);
  return {
    journalMs: recordMs,
    reportsMs: recordMs,
    journalEveryMs: RECORD_EVERY_MS,
    lockMs,
    // A short wait is looked at more closely.
    lockEveryMs: Math.min(LOCK_EVERY_MS, lockMs / 20),
  };
}

type Try = {
  config: Config;
  number: Msisdn;
  maxCost: number;
  waits: Waits;
  questions: Questions;
  say: (line: string) => void;
  look: SharedLook;
};

async function tried({ config, number, maxCost, waits, questions, say, look }: Try) {
  const seven = sevenSettings.safeParse(givenSettings(process.env, sevenSettings));
  if (!seven.success) throw new ConfigFault(["SEVEN_API_KEY: set it; --live tries seven's account"]);
  const {
    SEVEN_API_KEY: apiKey,
    SEVEN_BASE_URL: baseUrl,
    SEVEN_SIGNING_KEY,
    SEVEN_SENDER: sender,
  } = seven.data;
  const signingKey = SEVEN_SIGNING_KEY?.[0];
  const caller = createCaller({ baseUrl, proxy: config.OUTBOUND_PROXY, callTimeoutMs: CALL_TIMEOUT_MS });
  const { signal } = new AbortController();
  const wire = createWire({ call: caller.call, baseUrl, apiKey, signingKey, now: Date.now, signal });
  try {
    const price = priceIn(await wire.pricing(), number);
    if (price === undefined) say("seven's prices could not be read: each message is taken to cost 0.15 EUR.");
    const budget = createBudget(maxCost, price ?? PRICE_GUESS_MICROS);
    const measured = await measure({
      wire,
      to: number,
      reference: `${systemRandom.id()}-1`,
      sender,
      canSign: signingKey !== undefined,
      budget,
      agreed: questions.agreed,
      say,
      reportsOf: await reportsIn(look),
      waits,
      sleep: (ms) => sleep(ms),
      elapsed: () => performance.now(),
    });
    return { contract: asContract(measured), spentMicros: budget.spentMicros() };
  } finally {
    await caller.close();
  }
}

/** Parsed on the way out as well: nothing but what the schema names is written. */
function asContract(measured: Omit<Contract, "version" | "provider" | "measuredAt" | "otpost">): Contract {
  const measuredAt = new Date().toISOString();
  return contractSchema.parse({ version: 1, provider: "seven", measuredAt, otpost: VERSION, ...measured });
}

const parkedSchema = z.object({ status: z.string(), said: z.string(), reference: z.string().optional() });

/** The running otpost keeps reports of messages that it did not send for a day; ours are among them. */
async function reportsIn({ look }: SharedLook) {
  const redis = await look();
  if ("away" in redis) return undefined;
  const { client, keys } = redis;
  return async (messageId: string): Promise<Report[]> => {
    const entries = await client.lrange(keys.parked("seven", messageId), 0, -1).catch(() => []);
    return entries.flatMap((entry) => {
      const read = parkedSchema.safeParse(JSON.parse(entry));
      return read.success ? [JSON.parse(entry) as Report] : [];
    });
  };
}

/** Never on the command line where others could see it: `-`, or the prompt, reads it. */
async function numberOf(to: string | undefined, questions: Questions): Promise<Msisdn> {
  const given =
    to === undefined || to === "-" ? await questions.line("Your number, such as +4915112345678: ") : to;
  const number = parseMsisdn(given?.trim() ?? "", undefined);
  if (typeof number === "string") return number;
  throw new LiveFault(
    "--to: use one international number of your own, such as +4915112345678; nothing was sent",
  );
}

function micros(value: string): number {
  if (/^\d{1,3}(\.\d{1,3})?$/.test(value)) return Math.round(Number(value) * 1_000_000);
  throw new InvalidArgumentError("Use euros such as 1 or 0.50.");
}

function seconds(value: string): number {
  const parsed = /^\d{1,4}$/.test(value) ? Number(value) : Number.NaN;
  if (parsed >= 1 && parsed <= 3_600) return parsed;
  throw new InvalidArgumentError("Use whole seconds from 1 to 3600.");
}
