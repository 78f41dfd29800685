import type { Context } from "hono";
import type { AuditEntry } from "../../../core/operator.ts";
import { formatOf } from "../format.ts";
import { page } from "../page.tsx";
import { fault, nothing, row, table } from "../parts.tsx";
import { readerOf } from "../reader.ts";
import { auditTexts } from "../texts/audit.ts";
import { shellTexts } from "../texts/shell.ts";

/** Entries on one page. */
const SHOWN = 50;

export type AuditList = {
  newest: (question: {
    limit: number;
    before?: string | undefined;
  }) => Promise<(AuditEntry & { id: string })[]>;
};

/** Who changed what, newest first, a page at a time. */
export async function auditPage(c: Context, audit: AuditList): Promise<Response> {
  const { language } = readerOf(c);
  const [words, shell] = [auditTexts[language], shellTexts[language]];
  const before = entryId(c.req.query("before"));
  const entries = await audit.newest({ limit: SHOWN, before }).catch(() => undefined);
  const last = entries?.length === SHOWN ? entries.at(-1) : undefined;
  return page(
    c,
    { title: shell.audit, active: "audit" },
    <>
      <p class="soft">{words.about}</p>
      {entries ? entriesTable(c, entries, before === undefined) : fault(shell.unreadable)}
      <p class="actions">
        {before === undefined ? null : <a href="/audit">{words.newest}</a>}
        {last ? <a href={`/audit?before=${last.id}`}>{words.earlier}</a> : null}
      </p>
    </>,
  );
}

function entriesTable(c: Context, entries: readonly AuditEntry[], areNewest: boolean) {
  const reader = readerOf(c);
  const [words, shell, format] = [auditTexts[reader.language], shellTexts[reader.language], formatOf(reader)];
  if (entries.length === 0) return nothing(areNewest ? words.none : words.noneEarlier);
  const rows = entries.map(({ at, who, role, action, target, detail }) =>
    row(format.instant(at), who, role, <code>{action}</code>, target ?? "", detailWords(detail)),
  );
  return table(
    shell.audit,
    [words.when, words.who, words.role, words.action, words.target, words.detail],
    rows,
  );
}

/** As Redis names an entry of a stream. */
function entryId(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{1,16}-\d{1,16}$/.test(text) ? text : undefined;
}

function detailWords(detail: AuditEntry["detail"]): string {
  return Object.entries(detail ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ");
}
