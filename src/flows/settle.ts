import { advance } from "../core/advance.ts";
import { type Delivery, parseReference } from "../core/delivery.ts";
import { proceed } from "../core/next-move.ts";
import type { Report } from "../core/report.ts";
import { commit } from "./commit.ts";
import type { FlowDeps, ParkedReport, Stored } from "./ports.ts";

type SettleDeps = Pick<FlowDeps, "clock" | "random" | "store" | "jobs" | "events" | "rules">;

type Owner = { stored: Stored; attempt: number };

/**
 * Applies one delivery report. Safe to run any number of times and in any order; a report of a message
 * that is not known yet is parked, for it may have overtaken the answer to our own call.
 */
export async function settle(deps: SettleDeps, entry: ParkedReport): Promise<"applied" | "parked"> {
  const owner = await ownerOf(deps, entry);
  if (!owner) {
    await deps.store.park(entry.provider, entry.report);
    deps.events.record({ kind: "settle.parked", provider: entry.provider, status: entry.report.status });
    return "parked";
  }
  await apply(deps, owner, entry);
  return "applied";
}

/** Reports that waited for a message id that has just become known. */
export async function applyParked(deps: SettleDeps, parked: readonly ParkedReport[]): Promise<void> {
  for (const entry of parked) {
    await settle(deps, entry);
    const { providerMessageId } = entry.report;
    if (providerMessageId !== undefined) await deps.store.unpark(entry.provider, providerMessageId);
  }
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

async function apply(deps: SettleDeps, owner: Owner, { provider, report }: ParkedReport): Promise<void> {
  const now = deps.clock.now();
  const context = { now, rules: deps.rules, random: deps.random.fraction };
  const written = await commit(deps, owner.stored, (d) => {
    const number = newestWithReference(d, owner.attempt, report);
    const reported = advance(d, { kind: "reported", attempt: number, report, at: now });
    return isSame(d, reported) ? d : proceed(reported, context);
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
  // A report that names our reference may bring the message id for which others wait.
  if (written.kind === "saved") await applyParked(deps, written.parked);
}

/** A repeat keeps the reference of the message it repeats: the report then belongs to the newest of them. */
function newestWithReference(delivery: Delivery, number: number, report: Report): number {
  if (report.reference === undefined) return number;
  return delivery.attempts.findLast((a) => a.reference === report.reference)?.number ?? number;
}

/** Nothing but the instant of a repeated report would differ. */
function isSame(before: Delivery, after: Delivery): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}
