import type { LookUp, SendOutcome } from "../../src/core/outcome.ts";
import type { Report, ReportStatus } from "../../src/core/report.ts";
import type { Message, ParkedReport, Provider, StatusReading } from "../../src/flows/ports.ts";
import { aReport } from "./build.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export type PlannedReport = {
  status: ReportStatus;
  /** From the instant at which the provider took the message. */
  afterMs: number;
  names?: "id" | "reference" | "both";
};

/** How the provider treats one call. */
export type Answer = {
  outcome: SendOutcome;
  /** Whether it took the message; by default it did if it says so. */
  took?: boolean;
  latencyMs?: number;
  reports?: readonly PlannedReport[];
};

export type Taken = {
  messageId: string;
  reference: string;
  text: string;
  takenAt: number;
  written: { at: number; status: ReportStatus }[];
};
export type Call = Pick<Message, "reference" | "validForMs"> & { at: number };

export type ProviderScript = {
  /** One entry for each call, the last one for all that follow; or a function of the number of the call (from 0). */
  answers: readonly Answer[] | ((call: number) => Answer);
  /** What its records say; by default the truth after `journalLagMs`. `none`: it keeps none. */
  lookUps?: "none" | readonly LookUp["kind"][] | ((look: number) => LookUp["kind"]);
  journalLagMs?: number;
  /**
   * What a reading of one message's status says; by default the newest report that was written down for it.
   * `none`: the provider cannot be asked.
   */
  statuses?: "none" | ((reading: number) => StatusReading["kind"]);
  /** Its reports are written down and can be read, but none is sent. */
  mute?: boolean;
  /** Refuses the same text again for so long, as seven does with its code 402. */
  reloadLockMs?: number;
};

export type ScriptedProvider = Provider & {
  calls: Call[];
  taken: Taken[];
  looks: string[];
  /** Instants at which a status was read. */
  readings: number[];
};

export const accepted: SendOutcome = { kind: "accepted", providerMessageId: undefined };
export const refused: SendOutcome = { kind: "refused", reason: "recipient_unreachable" };
export const unavailable: SendOutcome = { kind: "unavailable", reason: "connect" };
export const uncertain: SendOutcome = { kind: "uncertain", cause: "timeout" };
const ALREADY_SENT: SendOutcome = { kind: "refused", reason: "already_sent", providerCode: "402" };

export type ScriptedProviderDeps = {
  clock: VirtualClock;
  name: string;
  script: ProviderScript;
  onReport: (entry: ParkedReport) => void;
};

/** A provider that does what the test wrote down, and keeps its own ledger of what it took. */
export function createScriptedProvider({
  clock,
  name,
  script,
  onReport,
}: ScriptedProviderDeps): ScriptedProvider {
  const calls: Call[] = [];
  const taken: Taken[] = [];
  const looks: string[] = [];
  const readings: number[] = [];

  async function send(message: Message): Promise<SendOutcome> {
    const { reference, validForMs } = message;
    const answer = entryOf(script.answers, calls.length);
    calls.push({ reference, validForMs, at: clock.now() });
    const latencyMs = answer.latencyMs ?? 0;
    await half(latencyMs);
    const took = answer.took ?? answer.outcome.kind === "accepted";
    if (took && isLocked(message.content.text)) return ALREADY_SENT;
    const entry = took ? take(message, answer.reports ?? []) : undefined;
    await half(latencyMs);
    return entry && answer.outcome.kind === "accepted"
      ? { ...answer.outcome, providerMessageId: entry.messageId }
      : answer.outcome;
  }

  async function half(latencyMs: number): Promise<void> {
    if (latencyMs > 0) await clock.sleep(Math.ceil(latencyMs / 2));
  }

  function isLocked(text: string): boolean {
    const sinceAt = clock.now() - (script.reloadLockMs ?? 0);
    return taken.some((entry) => entry.text === text && entry.takenAt > sinceAt);
  }

  function take({ reference, content }: Message, reports: readonly PlannedReport[]): Taken {
    const messageId = `${name}.${taken.length + 1}`;
    const entry: Taken = { messageId, reference, text: content.text, takenAt: clock.now(), written: [] };
    taken.push(entry);
    for (const { status, afterMs, names } of reports) {
      entry.written.push({ at: clock.now() + afterMs, status });
      if (script.mute) continue;
      const report = aReport(status, namesOf(entry, names ?? "id"));
      clock.at(clock.now() + afterMs, () => onReport({ provider: name, report }));
    }
    return entry;
  }

  async function lookUp({ reference }: { reference: string }): Promise<LookUp> {
    const said = Array.isArray(script.lookUps) || typeof script.lookUps === "function";
    const forced = said ? entryOf(script.lookUps as readonly LookUp["kind"][], looks.length) : undefined;
    looks.push(reference);
    const seenBy = clock.now() - (script.journalLagMs ?? 0);
    const entry = taken.find((one) => one.reference === reference && one.takenAt <= seenBy);
    const truth = entry ? "found" : "absent";
    const kind = forced === "found" || forced === undefined ? truth : forced;
    if (kind !== "found") return { kind };
    return { kind, providerMessageId: entry!.messageId };
  }

  async function status({ providerMessageId }: { providerMessageId: string }): Promise<StatusReading> {
    const said = typeof script.statuses === "function" ? script.statuses(readings.length) : "known";
    readings.push(clock.now());
    if (said !== "known") return { kind: said };
    const written = taken.find((one) => one.messageId === providerMessageId)?.written ?? [];
    const newest = written
      .filter(({ at }) => at <= clock.now())
      .toSorted((a, b) => a.at - b.at)
      .at(-1);
    return newest
      ? { kind: "known", report: aReport(newest.status, { providerMessageId }) }
      : { kind: "unknown" };
  }

  return {
    carries: () => true,
    send,
    ...(script.lookUps === "none" ? {} : { lookUp }),
    ...(script.statuses === "none" ? {} : { status }),
    calls,
    taken,
    looks,
    readings,
  };
}

function namesOf(entry: Taken, names: "id" | "reference" | "both"): Partial<Report> {
  return {
    providerMessageId: names === "reference" ? undefined : entry.messageId,
    reference: names === "id" ? undefined : entry.reference,
  };
}

function entryOf<T>(script: readonly T[] | ((n: number) => T), n: number): T {
  if (typeof script === "function") return script(n);
  const entry = script[Math.min(n, script.length - 1)];
  if (entry === undefined) throw new Error("The script of a provider is empty");
  return entry;
}
