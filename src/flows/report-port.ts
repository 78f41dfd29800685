import type { Report } from "../core/report.ts";

/** How reports come in: what a provider's reader is given, and what it makes of it. */

/** One delivery report as it came over HTTP. `url` is the registered public URL, never rebuilt from a Host header. */
export type ReportRequest = {
  method: string;
  url: string;
  pathAndQuery: string;
  query: URLSearchParams;
  header: (name: string) => string | undefined;
  body: Uint8Array;
};

export type ReportReading =
  | { kind: "reports"; reports: Report[] }
  /** The path token was right, the signature was not: our own key may be the wrong one. */
  | { kind: "unauthentic" }
  | { kind: "malformed"; reason: string };

/** Reads one provider's reports: authenticity over the raw bytes first, then the body. */
export type ReportReader = { provider: string; read: (request: ReportRequest) => ReportReading };
