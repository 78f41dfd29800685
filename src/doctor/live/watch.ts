import { parseJson } from "../../providers/said.ts";
import type { Contract } from "../../twins/seven/contract.ts";
import type { LiveDeps, Sent } from "./session.ts";
import { typesOf } from "./shape.ts";

type Journal = Contract["journal"];
type Reports = Contract["reports"];

/** How long after the accept the journal knows the message. Reading it costs nothing. */
export async function watchJournal(
  deps: LiveDeps,
  { messageId, isSandbox, at, sms }: Sent,
): Promise<Journal> {
  // A sandbox key gets no id to look for.
  if (messageId === undefined || isSandbox) return { kind: "untested" };
  const { wire, to, waits, sleep, elapsed, say } = deps;
  const sinceMs = () => Math.round(elapsed() - at);
  let atLeastMs = 0;
  while (sinceMs() < waits.journalMs) {
    const askedMs = sinceMs();
    const row = rowOf((await wire.journal(to))?.body ?? "", messageId);
    if (row) {
      const foreignId = row["foreign_id"] === sms.foreign_id;
      say(
        `The journal knows it after ${atLeastMs} to ${sinceMs()} ms, ${withOrWithout(foreignId)} our foreign_id.`,
      );
      return { kind: "seen", atLeastMs, atMostMs: sinceMs(), foreignId, fields: typesOf(row) };
    }
    atLeastMs = askedMs;
    await sleep(waits.journalEveryMs);
  }
  say(`The journal does not know it after ${sinceMs()} ms.`);
  return { kind: "absent", waitedMs: sinceMs() };
}

function rowOf(body: string, messageId: string): Record<string, unknown> | undefined {
  const rows = parseJson(body);
  if (!Array.isArray(rows)) return undefined;
  const found = rows.find((row: { id?: unknown } | null) => String(row?.id) === messageId) as unknown;
  return typeof found === "object" && found !== null ? { ...found } : undefined;
}

/** Whether reports bring our foreign_id, by what the running otpost was sent. */
export async function watchReports(deps: LiveDeps, { messageId, at }: Sent): Promise<Reports> {
  const { reportsOf, waits, sleep, elapsed, say } = deps;
  if (!reportsOf || messageId === undefined) return { kind: "untested" };
  const sinceMs = () => Math.round(elapsed() - at);
  let firstMs: number | undefined;
  let seen: Awaited<ReturnType<typeof reportsOf>> = [];
  while (sinceMs() < waits.reportsMs) {
    seen = await reportsOf(messageId);
    if (seen.length > 0) firstMs ??= sinceMs();
    if (seen.some(({ status }) => status === "delivered" || status === "undelivered")) break;
    await sleep(waits.journalEveryMs);
  }
  if (firstMs === undefined) {
    say(`No report of it came within ${sinceMs()} ms.`);
    return { kind: "absent", waitedMs: sinceMs() };
  }
  const foreignId = seen.every(({ reference }) => reference !== undefined);
  const statuses = [...new Set(seen.map(({ said }) => said))];
  say(
    `Reports came from ${firstMs} ms on (${statuses.join(", ")}), ${withOrWithout(foreignId)} our foreign_id.`,
  );
  return { kind: "seen", firstMs, foreignId, statuses };
}

function withOrWithout(has: boolean): string {
  return has ? "with" : "without";
}
