import type { Context } from "hono";
import type { Report } from "../core/report.ts";
import type { Clock } from "../flows/ports.ts";
import type { ReportReader, ReportReading, ReportRequest } from "../flows/report-port.ts";
import { text } from "./answer.ts";
import { readBody } from "./body.ts";
import { createBudget } from "./budget.ts";
import { ApiError } from "./problem.ts";
import { sameSecret } from "../platform/secret.ts";
import type { Route } from "./route.ts";

/** Something that a person should look at. */
export type Alert = { kind: "report.unauthentic"; provider: string };

export type ReportsDeps = {
  clock: Clock;
  reportReaders: readonly ReportReader[];
  /** Path tokens by provider: several while a master key is replaced. One without any takes no reports. */
  reportTokens: ReadonlyMap<string, readonly string[]>;
  /** Our address as providers know it; may end in a path. */
  publicUrl: string | undefined;
  enqueueReport: (entry: { provider: string; report: Report }) => Promise<void>;
  onAlert: (alert: Alert) => void;
};

/** Reports are small; seven's largest seen is below 1 KB. */
const BODY_MAX_BYTES = 16 * 1024;
/** Forms that a provider may declare; a reader looks at the bytes either way. */
const DECLARED = /^(application\/json|application\/x-www-form-urlencoded|text\/plain)\s*(;|$)/i;

/**
 * GET|POST /reports/{provider}/{token}. Authentic first, then parsed, then put into the settle queue; the
 * worker applies it. Any 4xx is final for a provider and loses the report, so it is answered only where
 * sending it again could not help.
 */
export function receiveReports(deps: ReportsDeps): Route["handle"] {
  const readers = new Map(deps.reportReaders.map((r) => [r.provider, r]));
  const address = publicAddress(deps.publicUrl);
  return async (c, trace) => {
    const provider = c.req.param("provider") ?? "";
    const reader = readers.get(provider);
    const known = tokenMatches(deps.reportTokens.get(provider), c.req.param("token") ?? "");
    if (!reader || !known) throw new ApiError("not_found", "There is nothing at this address.");
    const reports = reportsOf(reader.read(await reportRequest(c, address)), provider, deps);
    const budget = createBudget(deps.clock);
    await budget.spend(Promise.all(reports.map((report) => deps.enqueueReport({ provider, report }))));
    trace.code = reports.length === 0 ? "irrelevant" : "queued";
    return text(200, "OK");
  };
}

/** An unknown provider takes as long as a wrong token, and all tokens are compared. */
function tokenMatches(expected: readonly string[] = [], given: string): boolean {
  const fits = (expected.length === 0 ? [""] : expected).map((token) => sameSecret(token, given));
  return given !== "" && fits.includes(true);
}

type Address = { origin: string; prefix: string };

/** A proxy may serve us below a path of its own; what the provider signed has that path in it. */
function publicAddress(publicUrl: string | undefined): Address {
  if (publicUrl === undefined) return { origin: "", prefix: "" };
  const { origin, pathname } = new URL(publicUrl);
  return { origin, prefix: pathname.replace(/\/$/, "") };
}

async function reportRequest(c: Context, { origin, prefix }: Address): Promise<ReportRequest> {
  const type = c.req.header("content-type");
  if (c.req.method === "POST" && type !== undefined && !DECLARED.test(type)) {
    throw new ApiError("unsupported_media_type", "Send reports as JSON or as a form.");
  }
  const body = c.req.method === "POST" ? await readBody(c.req.raw, BODY_MAX_BYTES) : new Uint8Array();
  const pathAndQuery = c.req.url.slice(c.req.url.indexOf("/", c.req.url.indexOf("//") + 2));
  const [path = "", ...query] = pathAndQuery.split("?");
  return {
    method: c.req.method,
    url: `${origin}${prefix}${path}`,
    pathAndQuery: `${prefix}${pathAndQuery}`,
    query: new URLSearchParams(query.join("?")),
    header: (name) => c.req.header(name),
    body,
  };
}

/** An empty list is a success: the provider tells of other things at the same address, such as inbound messages. */
function reportsOf(reading: ReportReading, provider: string, deps: Pick<ReportsDeps, "onAlert">): Report[] {
  switch (reading.kind) {
    case "reports":
      return reading.reports;
    case "unauthentic":
      deps.onAlert({ kind: "report.unauthentic", provider });
      throw new ApiError(
        "report_not_authentic",
        "The signature of this report does not hold; send it again later.",
        {
          retryAfterMs: 60_000,
        },
      );
    case "malformed":
      throw new ApiError("malformed_report", "The report could not be read.");
  }
}
