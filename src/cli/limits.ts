import { Command, InvalidArgumentError } from "commander";
import type { ClientLimits } from "../core/limits.ts";
import { isRegion } from "../core/phone.ts";
import { createClientAdmin, type LimitChanges } from "../redis/client-admin.ts";
import { loadClient } from "../redis/client-change.ts";
import { noted } from "./audited.ts";
import { withRedis } from "./redis-session.ts";

type Options = {
  perDay?: number | "none";
  spend?: number | "none";
  countries?: string[] | "all";
  allowOther?: boolean;
  fixedLine?: boolean;
  json?: true;
};

/** `otpost clients limits`: what a client may send on one day, and where to. */
export function limitsCommand(): Command {
  return new Command("limits")
    .description("show or change what a client may send: deliveries and money a day, countries, fixed lines")
    .argument("<client>", "client")
    .option("--per-day <n>", "new deliveries a day, or none", orNone(count))
    .option("--spend <euros>", "money a day, such as 20.00, or none", orNone(micros))
    .option("--countries <codes>", "the only countries to send to, such as DE,AT,CH, or all", countries)
    .option("--allow-other", "send to numbers whose country cannot be told in spite of --countries")
    .option("--no-allow-other", "refuse them (the default)")
    .option("--fixed-line", "send to fixed lines (the default)")
    .option("--no-fixed-line", "refuse them")
    .option("--json", "print one line of JSON")
    .addHelpText("after", NOTES)
    .action(async (id: string, options: Options) => {
      const { limits, today } = await changed(id, changesOf(options));
      const line = options.json ? JSON.stringify({ clientId: id, limits, today }) : words(id, limits, today);
      process.stdout.write(`${line}\n`);
    });
}

const NOTES = `
A day is a UTC day. Only new deliveries are refused: a text that lives is always answered as success. What
messages are expected to cost is set with PRICES; the sum is corrected when the provider names its price.
A change counts within a second.

Examples:
  otpost clients limits cloud
  otpost clients limits cloud --per-day 5000 --spend 20.00 --countries DE,AT,CH
  otpost clients limits cloud --spend none`;

type Today = { deliveries: number; spentMicros: number };

async function changed(id: string, changes: LimitChanges): Promise<{ limits: ClientLimits; today: Today }> {
  return withRedis(async ({ client, keys }) => {
    const admin = createClientAdmin({ client, keys, now: Date.now });
    const isAsked = Object.keys(changes).length === 0;
    const limits = isAsked
      ? ((await loadClient({ client, keys }, id)).limits ?? {})
      : await admin.limit(id, changes);
    if (!isAsked) await noted({ client, keys }, "client.limits", { target: id, detail: detailOf(changes) });
    return { limits, today: await admin.today(id) };
  });
}

/** Only what was named; the defaults leave the record. */
function changesOf({ perDay, spend, countries: list, allowOther, fixedLine }: Options): LimitChanges {
  return {
    ...(perDay === undefined ? {} : { perDay: unlessNone(perDay) }),
    ...(spend === undefined ? {} : { spendMicros: unlessNone(spend) }),
    ...(list === undefined ? {} : { countries: list === "all" ? null : list }),
    ...(allowOther === undefined ? {} : { allowOther: allowOther || null }),
    ...(fixedLine === undefined ? {} : { fixedLine: fixedLine ? null : false }),
  };
}

function detailOf(changes: LimitChanges): Record<string, string> {
  return Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, String(value ?? "none")]));
}

function unlessNone(value: number | "none"): number | null {
  return value === "none" ? null : value;
}

function words(id: string, limits: ClientLimits, { deliveries, spentMicros }: Today): string {
  const { perDay, spendMicros } = limits;
  const isCounted = perDay !== undefined || spendMicros !== undefined;
  const spent = spendMicros === undefined ? "" : `, ${euros(spentMicros)} EUR`;
  const today = isCounted ? `today: ${deliveries} deliveries${spent}` : unlimitedWords(id);
  return `${id}: ${limitWords(limits)}\n${today}`;
}

/** Nobody should find out by the bill. */
export function unlimitedWords(id: string): string {
  return `Warning: nothing bounds what ${id} may send and spend a day. See: otpost clients limits --help`;
}

export function isUnlimited({ perDay, spendMicros }: ClientLimits = {}): boolean {
  return perDay === undefined && spendMicros === undefined;
}

export function limitWords(limits: ClientLimits = {}): string {
  const { perDay, spendMicros, countries: list, allowOther, fixedLine } = limits;
  return [
    perDay === undefined ? "any number of deliveries" : `${perDay} deliveries a day`,
    spendMicros === undefined ? "no spend cap" : `${euros(spendMicros)} EUR a day`,
    list === undefined ? "all countries" : `only ${[...list, ...(allowOther ? ["other"] : [])].join(",")}`,
    ...(fixedLine === false ? ["no fixed lines"] : []),
  ].join(", ");
}

function euros(amount: number): string {
  return (amount / 1_000_000).toFixed(2);
}

function orNone<T>(parse: (value: string) => T): (value: string) => T | "none" {
  return (value) => (value === "none" ? "none" : parse(value));
}

function count(value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("Use a whole number up to 999999999, or none.");
}

function micros(value: string): number {
  if (/^\d{1,7}(\.\d{1,2})?$/.test(value)) return Math.round(Number(value) * 1_000_000);
  throw new InvalidArgumentError("Use euros such as 20 or 20.50, or none.");
}

function countries(value: string): string[] | "all" {
  if (value === "all") return value;
  const codes = [...new Set(value.split(",").map((code) => code.trim().toUpperCase()))];
  if (codes.every(isRegion)) return codes;
  throw new InvalidArgumentError("Use two-letter country codes separated by commas, such as DE,AT, or all.");
}
