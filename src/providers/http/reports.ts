import type { ReportReader, ReportReading, ReportRequest } from "../../flows/report-port.ts";
import { parseJson } from "../said.ts";
import { recordsOf, reportOf } from "./mapping.ts";
import type { ReportRules } from "./schema.ts";
import { proofOf } from "./signature.ts";

const BODY_MAX_BYTES = 16_384;

/** Reads the reports of a provider file: the proof over the raw bytes first, then what it proves. */
export function createHttpReports(
  provider: string,
  rules: ReportRules,
  secrets: readonly string[],
): ReportReader {
  return {
    provider,
    read: (request) => {
      if (request.body.length > BODY_MAX_BYTES) return { kind: "malformed", reason: "body over 16 KiB" };
      const proof = proofOf(rules.signature, secrets, request);
      if (proof.kind === "unauthentic") return proof;
      return reading(proof.kind === "claims" ? proof.claims : documentOf(request, rules), rules);
    },
  };
}

/** Decided by the file, not by the Content-Type: providers are careless with it. */
function documentOf({ query, body }: ReportRequest, rules: ReportRules): unknown {
  if (rules.method === "GET") return membersOf(query);
  const text = new TextDecoder().decode(body);
  return rules.body === "json" ? parseJson(text) : membersOf(new URLSearchParams(text));
}

/** A form as an object without a prototype; the first value of a name counts. */
function membersOf(form: URLSearchParams): Record<string, string> {
  const members: Record<string, string> = Object.create(null);
  for (const [name, value] of form) members[name] ??= value;
  return members;
}

/** One unreadable record spoils the lot: the provider sends them again, and repeats change nothing. */
function reading(document: unknown, rules: ReportRules): ReportReading {
  const records = recordsOf(document, rules.list);
  if (!records) return { kind: "malformed", reason: "no list of reports" };
  const reports = records.map((record) => reportOf(record, rules)).filter((report) => report !== undefined);
  if (reports.length < records.length) return { kind: "malformed", reason: "no message or no status" };
  return { kind: "reports", reports };
}
