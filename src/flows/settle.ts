import { advance } from "../core/advance.ts";
import { type Delivery, isPaid, parseReference } from "../core/delivery.ts";
import { proceed } from "../core/next-move.ts";
import { type Report, supersedes } from "../core/report.ts";
import { type CommitDeps, type Committed, commit } from "./commit.ts";
import { moveContext } from "./move-context.ts";
import type { FlowDeps, ParkedReport, Stored } from "./ports.ts";

type SettleDeps = CommitDeps & Pick<FlowDeps, "random" | "states">;

type Owner = { stored: Stored; attempt: number };

/**
 * Applies one delivery report. Safe to run any number of times and in any order; a report of a message
 * that is not known yet is parked, for it may have overtaken the answer to our own call.
 */
export async function settle(deps: SettleDeps, entry: ParkedReport): Promise<"applied" | "parked"> {
  const owner = await ownerOf(deps, entry);
  if (owner) {
    await applyWaiting(deps, owner, entry, await apply(deps, owner, entry));
    return "applied";
  }
  await deps.store.park(entry.provider, entry.report);
  deps.events.record({ kind: "settle.parked", provider: entry.provider, status: entry.report.status });
  // The message may have become known between the look and the parking: then nobody else would find this, and
  // whoever applied the others may have thrown it away together with them.
  const known = await ownerOf(deps, entry);
  if (!known) return "parked";
  await apply(deps, known, entry);
  await applyParked(deps, await deps.store.parked(entry.provider, parkingName(entry)));
  return "applied";
}

/**
 * Reports that waited for a message id. They leave the store last, and what tells most is applied first: after a
 * crash in between a weaker one must not have ended the delivery, for nobody looks for the others then.
 */
export async function applyParked(deps: SettleDeps, parked: readonly ParkedReport[]): Promise<void> {
  const applied = new Map<string, string>();
  for (const entry of parked.toSorted((a, b) => (supersedes(a.report.status, b.report.status) ? -1 : 1))) {
    const owner = await ownerOf(deps, entry);
    if (!owner) continue;
    await apply(deps, owner, entry);
    applied.set(parkingName(entry), entry.provider);
  }
  for (const [name, provider] of applied) await deps.store.unpark(provider, name);
}

/**
 * A report may bring the id for which others wait: the store gives them with it. Those that a crash left behind a
 * known id are looked for where they would be missed: when this report is a repeat, for then its first run may
 * have crashed, and when it may end the delivery, for then no timer looks for them any more.
 */
async function applyWaiting(
  deps: SettleDeps,
  { stored, attempt }: Owner,
  { provider, report }: ParkedReport,
  written: Committed,
): Promise<void> {
  if (written.kind === "saved") await applyParked(deps, written.parked);
  if (written.kind === "saved" && report.status !== "undelivered") return;
  const known = stored.delivery.attempts.find((a) => a.number === attempt)?.providerMessageId;
  await appliedParked(deps, provider, report.providerMessageId ?? known);
}

/** Looks for reports that a crash left parked although their message is known. @returns whether there were any */
export async function appliedParked(
  deps: SettleDeps,
  provider: string | undefined,
  messageId: string | undefined,
): Promise<boolean> {
  if (provider === undefined || messageId === undefined) return false;
  const parked = await deps.store.parked(provider, messageId);
  await applyParked(deps, parked);
  return parked.length > 0;
}

function parkingName({ report }: ParkedReport): string {
  return report.providerMessageId ?? report.reference ?? "";
}

/** Our own reference names the attempt at once; else the provider's message id must have been bound. */
async function ownerOf(deps: SettleDeps, { provider, report }: ParkedReport): Promise<Owner | undefined> {
  const named = report.reference === undefined ? undefined : parseReference(report.reference);
  const byReference = named && (await owned(deps, provider, named));
  if (byReference || report.providerMessageId === undefined) return byReference;
  const bound = await deps.store.findByMessageId(provider, report.providerMessageId);
  return bound && owned(deps, provider, bound);
}

async function owned(
  deps: SettleDeps,
  provider: string,
  name: { deliveryId: string; attempt: number },
): Promise<Owner | undefined> {
  const stored = await deps.store.load(name.deliveryId);
  const attempt = stored?.delivery.attempts.find((a) => a.number === name.attempt);
  if (!stored || !attempt || deps.rules.routes.get(attempt.route)?.provider !== provider) return undefined;
  return { stored, attempt: attempt.number };
}

async function apply(deps: SettleDeps, owner: Owner, { provider, report }: ParkedReport): Promise<Committed> {
  const now = deps.clock.now();
  const context = { ...moveContext(deps, owner.stored.delivery), now };
  const written = await commit(deps, owner.stored, (d, reached) => {
    const number = newestWithReference(d, owner.attempt, report);
    const reported = advance(d, { kind: "reported", attempt: number, report, at: now });
    return isSame(d, reported) ? d : proceed(reported, { ...context, reached });
  });
  const { id: deliveryId, createdAt } = owner.stored.delivery;
  deps.events.record({
    kind: "settle.applied",
    deliveryId,
    attempt: owner.attempt,
    provider,
    status: report.status,
    ageMs: now - createdAt,
  });
  return written;
}

/**
 * A repeat keeps the reference of the message it repeats: the report then belongs to the newest of them that the
 * provider may have taken.
 */
function newestWithReference(delivery: Delivery, number: number, report: Report): number {
  if (report.reference === undefined) return number;
  const taken = delivery.attempts.findLast((a) => a.reference === report.reference && isPaid(a));
  return taken?.number ?? number;
}

/** Nothing but the instant of a repeated report would differ. */
function isSame(before: Delivery, after: Delivery): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}
