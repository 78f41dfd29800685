import type { LookUp } from "../core/outcome.ts";
import type { Clock, Provider, StatusReading } from "../flows/ports.ts";
import type { Turns } from "../flows/turns-port.ts";
import { cost, word } from "./said.ts";
import { createJournalTurns } from "./seven-journal-turns.ts";
import type { JournalReader, JournalRow } from "./seven-journal-page.ts";
import { createQuestions, type Finding } from "./seven-journal-questions.ts";
import { createSeenRows } from "./seven-journal-seen.ts";
import { SEVEN_STATUSES } from "./seven-reports.ts";

export type JournalDeps = { read: JournalReader; turns: Turns; clock: Pick<Clock, "now"> };

export type Journal = Required<Pick<Provider, "lookUp" | "status">> & { close: () => void };

/**
 * seven's outbound journal, asked once for all messages that are waited for: questions that come together
 * share a page. Source: docs.seven.io, journal (the polling that seven recommends over `/status`).
 */
export function createJournal({ read, turns, clock }: JournalDeps): Journal {
  const seen = createSeenRows();
  const questions = createQuestions(turns.withinMs, () => loop.idle());
  const loop = createJournalTurns({ read, turns, clock, questions, seen });
  const ask: typeof questions.ask = async (asked, signal) => {
    const row = seen.find(asked, performance.now() - turns.everyMs);
    if (row) return { kind: "row", row };
    const finding = questions.ask(asked, signal);
    loop.wake();
    return finding;
  };
  return {
    lookUp: async (query, signal) => foundBy(await ask({ kind: "lookUp", ...query }, signal)),
    status: async (query, signal) => readingOf(await ask({ kind: "status", ...query }, signal)),
    close: loop.close,
  };
}

function foundBy(finding: Finding): LookUp {
  if (finding.kind !== "row") return finding;
  const { id, price } = finding.row;
  return { kind: "found", providerMessageId: id, cost: cost(price, "EUR") };
}

function readingOf(finding: Finding): StatusReading {
  if (finding.kind === "unreadable") return finding;
  return finding.kind === "row" ? readingOfRow(finding.row) : { kind: "unknown" };
}

function readingOfRow({ id, reference, dlr, dlrAt }: JournalRow): StatusReading {
  if (dlr === undefined) return { kind: "unknown" };
  const status = SEVEN_STATUSES.get(dlr.toUpperCase()) ?? "unknown";
  const report = { status, said: word(dlr), providerMessageId: id, reference, reportedAt: dlrAt };
  return { kind: "known", report };
}
