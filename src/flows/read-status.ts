import { advance } from "../core/advance.ts";
import { isLeftQuiet, isOverdue } from "../core/evidence.ts";
import type { Attempt, Delivery } from "../core/delivery.ts";
import { type MoveContext, proceed } from "../core/next-move.ts";
import { commit } from "./commit.ts";
import { moveContext } from "./move-context.ts";
import type { StatusReading, Stored } from "./ports.ts";
import type { WatchDeps } from "./watch.ts";

/**
 * Reads the provider's own record of an accepted message: the report that was lost, or the only one there is
 * where nobody can send us any. Finding none is a soft signal where the whole route has gone quiet.
 */
export async function onStatus(
  deps: WatchDeps,
  stored: Stored,
  number: number,
  signal: AbortSignal,
): Promise<void> {
  const attempt = stored.delivery.attempts.find((a) => a.number === number);
  const reading = attempt && (await read(deps, stored, attempt, signal));
  const context = moveContext(deps, stored.delivery);
  if (attempt && reading) {
    const { id: deliveryId } = stored.delivery;
    deps.events.record({
      kind: "status.read",
      deliveryId,
      attempt: number,
      route: attempt.route,
      found: reading.kind,
    });
  }
  await commit(deps, stored, (d, reached) => {
    const choice = { ...context, reached };
    const late = saysNothing(reading) && isOverdue(d, number, context.rules, context.now);
    const read = advance(d, { kind: "statusRead", attempt: number, late, at: context.now });
    return proceed(leftIfQuiet(reported(read, number, reading, context.now), number, choice), choice);
  });
}

/** The record was read and has no final word. What cannot be read proves nothing here; the end of patience does. */
function saysNothing(reading: StatusReading | undefined): boolean {
  if (reading?.kind !== "known") return reading?.kind === "unknown";
  return reading.report.status !== "delivered" && reading.report.status !== "undelivered";
}

function leftIfQuiet(delivery: Delivery, number: number, context: MoveContext): Delivery {
  if (!isLeftQuiet(delivery, number, context)) return delivery;
  return advance(delivery, { kind: "left", attempt: number, why: "quiet", at: context.now });
}

async function read(
  deps: WatchDeps,
  stored: Stored,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<StatusReading | undefined> {
  const { status } = deps.providers.forRoute(attempt.route);
  const { providerMessageId, reference, intentAt } = attempt;
  const loaded = status && (await deps.store.loadWithSecrets(stored.delivery.id));
  if (!loaded || providerMessageId === undefined) return undefined;
  return status({ to: loaded.secrets.recipient, reference, providerMessageId, sentAt: intentAt }, signal);
}

function reported(
  delivery: Delivery,
  number: number,
  reading: StatusReading | undefined,
  at: number,
): Delivery {
  if (reading?.kind !== "known") return delivery;
  return advance(delivery, { kind: "reported", attempt: number, report: reading.report, at });
}
