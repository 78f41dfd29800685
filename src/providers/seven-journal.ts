import { z } from "zod";
import type { LookUp } from "../core/outcome.ts";
import type { Caller } from "./call.ts";
import { cost, messageId, parseJson } from "./said.ts";

/** 25 texts of the greatest length, each character escaped, stay below the cap. */
const PAGE_ENTRIES = 25;
const PAGE_MAX_BYTES = 262_144;
/** One recipient has a few messages a day; more pages than these cannot be ours. */
const PAGES_MAX = 4;
const DAY_MS = 86_400_000;

/** The entries also hold texts with codes: only these fields are read, and nothing of them is passed on. */
const entrySchema = z.object({
  id: z.union([z.string(), z.number()]),
  foreign_id: z.string().nullish(),
  price: z.union([z.string(), z.number()]).nullish(),
});
const pageSchema = z.array(entrySchema);
type Entry = z.output<typeof entrySchema>;

type Query = { to: string; reference: string; sentAt: number };

/**
 * Finds a message in the outbound journal by recipient and our `foreign_id`, which the journal returns but
 * cannot filter by. Source: docs.seven.io, journal. Absent is only said after the whole list was read.
 */
export async function lookUpInJournal(
  { call }: Pick<Caller, "call">,
  headersFor: (path: string) => Record<string, string>,
  query: Query,
  signal: AbortSignal,
): Promise<LookUp> {
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const path = journalPath(query, page);
    const request = { method: "GET", path, headers: headersFor(path), maxBytes: PAGE_MAX_BYTES } as const;
    const answer = await call(request, signal);
    const entries = answer.kind === "answer" && answer.status === 200 ? readPage(answer.body) : undefined;
    if (!entries) return { kind: "unreadable" };
    const ours = entries.find((entry) => entry.foreign_id === query.reference);
    if (ours) return found(ours);
    if (entries.length < PAGE_ENTRIES) return { kind: "absent" };
  }
  return { kind: "unreadable" };
}

/** A day to either side, since the journal's dates are in a time zone of the account's choice. */
function journalPath({ to, sentAt }: Query, page: number): string {
  const query = new URLSearchParams({
    // The journal writes numbers without the plus.
    to: to.slice(1),
    date_from: dateOf(sentAt - DAY_MS),
    date_to: dateOf(sentAt + DAY_MS),
    limit: String(PAGE_ENTRIES),
    offset: String(page * PAGE_ENTRIES),
  });
  return `/api/journal/outbound?${query.toString()}`;
}

function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function readPage(body: string): Entry[] | undefined {
  const parsed = pageSchema.safeParse(parseJson(body));
  return parsed.success ? parsed.data : undefined;
}

function found(entry: Entry): LookUp {
  const id = messageId(entry.id);
  if (id === undefined) return { kind: "unreadable" };
  return { kind: "found", providerMessageId: id, cost: cost(entry.price, "EUR") };
}
