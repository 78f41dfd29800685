import { z } from "zod";
import type { StatusQuery, StatusReading } from "../flows/ports.ts";
import type { Caller } from "./call.ts";
import { messageId, ourReference, parseJson, word } from "./said.ts";
import { SEVEN_STATUSES } from "./seven-reports.ts";
import { parseSevenTime } from "./seven-time.ts";

/** One row is asked for; should the filter be ignored, more come and only ours counts. */
const ROWS = 25;
const PAGE_MAX_BYTES = 262_144;

/** The rows also hold texts with codes: only these fields are read. `dlr` is null until a status is known. */
const rowSchema = z.object({
  id: z.union([z.string(), z.number()]),
  foreign_id: z.string().nullish(),
  dlr: z.string().nullish(),
  dlr_timestamp: z.string().nullish(),
});
const pageSchema = z.array(rowSchema);
type Row = z.output<typeof rowSchema>;

/**
 * Asks the outbound journal for the state of an accepted message, by seven's own id: that keeps the number
 * out of the URL. Source: docs.seven.io, journal (the polling that seven recommends over `/status`).
 */
export async function readJournalStatus(
  { call }: Pick<Caller, "call">,
  headersFor: (path: string) => Record<string, string>,
  { providerMessageId }: StatusQuery,
  signal: AbortSignal,
): Promise<StatusReading> {
  const query = new URLSearchParams({ id: providerMessageId, limit: String(ROWS) });
  const path = `/api/journal/outbound?${query.toString()}`;
  const request = { method: "GET", path, headers: headersFor(path), maxBytes: PAGE_MAX_BYTES } as const;
  const answer = await call(request, signal);
  const parsed = pageSchema.safeParse(
    answer.kind === "answer" && answer.status === 200 ? parseJson(answer.body) : undefined,
  );
  if (!parsed.success) return { kind: "unreadable" };
  const ours = parsed.data.find((row) => messageId(row.id) === providerMessageId);
  return ours ? readingOf(ours, providerMessageId) : { kind: "unknown" };
}

function readingOf({ dlr, dlr_timestamp: at, foreign_id }: Row, providerMessageId: string): StatusReading {
  if (dlr === undefined || dlr === null || dlr === "") return { kind: "unknown" };
  return {
    kind: "known",
    report: {
      status: SEVEN_STATUSES.get(dlr.toUpperCase()) ?? "unknown",
      said: word(dlr),
      providerMessageId,
      reference: ourReference(foreign_id),
      reportedAt: parseSevenTime(at ?? undefined),
    },
  };
}
