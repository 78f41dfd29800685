import { Agent, request } from "undici";
import type { Ledger } from "./ledger.ts";
import type { Reported } from "./ledger-entry.ts";
import type { Timers } from "./timers.ts";

/** Told about things an operator would want to know. Never gets a number, a code or a URL. */
export type TwinLog = (event: string, fields: Record<string, string | number>) => void;

export type ReportRequest = {
  method: "GET" | "POST";
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
};
/** `done` and `final` end the story, `retry` waits for the next gap. */
export type Verdict = "done" | "retry" | "final";

export type Report = Omit<Reported, "event" | "attempt" | "answer"> & {
  /** Called once per attempt, so that a provider may sign every retry afresh. */
  build: (attempt: number) => ReportRequest;
};

/** How one provider brings its reports; the two differ in gaps, patience and what they call an answer. */
type PosterDeps = {
  ledger: Ledger;
  timers: Timers;
  log: TwinLog;
  /** Waits between the attempts in ms; one attempt more than gaps, then the report is lost. */
  gapsMs: readonly number[];
  timeoutMs: number;
  judge: (status: number) => Verdict;
};

/** Per receiver. Enough for a burst of reports, few enough not to exhaust a small receiver. */
const POOLED_CONNECTIONS = 64;

/** Brings reports to the receiver with the provider's own retries. */
export function createPoster({ ledger, timers, log, gapsMs, timeoutMs, judge }: PosterDeps) {
  const dispatcher = new Agent({ connections: POOLED_CONNECTIONS });
  const post = async (report: Report, attempt = 1): Promise<void> => {
    const answer = await attemptPost(report.build(attempt), dispatcher, timeoutMs);
    const { build: _, ...said } = report;
    ledger.note({ event: "report", ...said, attempt, answer });
    const verdict = typeof answer === "number" ? judge(answer) : "retry";
    if (verdict === "done") return;
    const gapMs = gapsMs[attempt - 1];
    if (verdict === "final" || gapMs === undefined) {
      log("report.lost", { status: report.status, answer, attempt });
      return;
    }
    timers.after(gapMs, () => void post(report, attempt + 1));
  };
  return { post: (report: Report) => post(report), close: () => dispatcher.destroy() };
}

/** One attempt. Redirects are answers, not followed; the body is read only to free the connection. */
async function attemptPost(
  call: ReportRequest,
  dispatcher: Agent,
  timeoutMs: number,
): Promise<Reported["answer"]> {
  const signal = AbortSignal.timeout(timeoutMs);
  const { url, method, headers, body } = call;
  try {
    const answer = await request(url, { dispatcher, method, headers, body: body ?? null, signal });
    await answer.body.dump();
    return answer.statusCode;
  } catch {
    return signal.aborted ? "timeout" : "connection";
  }
}
