import { Command, InvalidArgumentError } from "commander";
import { callingCodeOf, type Msisdn, natureOf } from "../core/phone.ts";
import { type BlockAdmin, createBlockAdmin } from "../redis/block-admin.ts";
import type { Block } from "../redis/blocks.ts";
import { noted } from "./audited.ts";
import { type RedisSession, withRedis } from "./redis-session.ts";

/** `otpost blocks`: ranges of numbers that nothing is sent to. */
export function blocksCommand(): Command {
  return new Command("blocks")
    .description("ranges of numbers that nothing is sent to, for any client")
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand());
}

type AddOptions = { why: string; for?: number; json?: true };

function addCommand(): Command {
  return new Command("add")
    .description("block every number that begins like this, within a second")
    .argument("<prefix>", "such as +4917599: + and 1 to 9 digits", prefix)
    .requiredOption("--why <reason>", "a reason for whoever finds it later", reason)
    .option("--for <time>", "how long, such as 12h or 7d; until it is removed when absent", duration)
    .option("--json", "print one line of JSON")
    .addHelpText("after", "\nExample:\n  otpost blocks add +4917599 --why 'pumped numbers' --for 7d")
    .action(async (range: string, { why, for: forMs, json }: AddOptions) => {
      const untilAt = forMs === undefined ? undefined : Date.now() + forMs;
      await administer(async (admin, session) => {
        await admin.add(range, { why, ...(untilAt === undefined ? {} : { untilAt }) });
        await noted(session, "block.add", { target: range, detail: { why, ...(forMs ? { forMs } : {}) } });
      });
      print(json ? JSON.stringify({ prefix: range, why, untilAt }) : `Blocked ${range} ${lasting(untilAt)}.`);
    });
}

function listCommand(): Command {
  return new Command("list")
    .description("all blocks that hold")
    .option("--json", "print JSON, one block a line")
    .action(async ({ json }: { json?: true }) => {
      const blocks = [...(await administer((admin) => admin.list()))];
      if (blocks.length === 0 && !json) print("Nothing is blocked.");
      for (const [range, block] of blocks) {
        print(json ? JSON.stringify({ prefix: range, ...block }) : blockLine(range, block));
      }
    });
}

function removeCommand(): Command {
  return new Command("remove")
    .description("send to these numbers again")
    .argument("<prefix>", "as it was added", prefix)
    .action(async (range: string) => {
      await administer(async (admin, session) => {
        await admin.remove(range);
        await noted(session, "block.remove", { target: range });
      });
      print(`${range} is no longer blocked.`);
    });
}

async function administer<T>(work: (admin: BlockAdmin, session: RedisSession) => Promise<T>): Promise<T> {
  return withRedis((session) => work(createBlockAdmin({ ...session, now: Date.now }), session));
}

function blockLine(range: string, { why, at, untilAt }: Block): string {
  return `${range}\tsince ${new Date(at).toISOString()}\t${lasting(untilAt)}\t${why}`;
}

function lasting(untilAt: number | undefined): string {
  return untilAt === undefined ? "until it is removed" : `until ${new Date(untilAt).toISOString()}`;
}

/** Blocks are kept readable, and a whole number must not be. */
function prefix(value: string): string {
  const typed = value.replaceAll(/[ ()./-]/g, "");
  if (!/^\+[1-9]\d{0,8}$/.test(typed) || !isBegun(typed)) {
    throw new InvalidArgumentError(
      "Use + and 1 to 9 digits that begin with a country's code, such as +4917599.",
    );
  }
  if (isWhole(typed)) {
    throw new InvalidArgumentError(
      "This is a whole number; leave its last digits out, for blocks are kept readable.",
    );
  }
  return typed;
}

/** A whole calling code: nobody means every country whose code begins with 4. */
function isBegun(typed: string): boolean {
  return callingCodeOf(typed as Msisdn) !== "";
}

/** Some countries have numbers of so few digits. German fixed lines may end nearly anywhere, so type matters. */
function isWhole(typed: string): boolean {
  const { type } = natureOf(typed as Msisdn);
  return type !== undefined && type !== "FIXED_LINE";
}

function reason(value: string): string {
  const text = value.trim();
  if (/^[^\p{Cc}]{1,200}$/u.test(text)) return text;
  throw new InvalidArgumentError("Use 1 to 200 characters on one line.");
}

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function duration(value: string): number {
  const match = /^([1-9]\d{0,3})([mhd])$/.exec(value);
  if (match) return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
  throw new InvalidArgumentError("Use minutes, hours or days, such as 30m, 12h or 7d.");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
