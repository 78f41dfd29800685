import { Command } from "commander";
import type { AuditEntry } from "../core/operator.ts";
import { type Audit, createAudit, type KeptEntry } from "../redis/audit.ts";
import { wholeNumber } from "./arguments.ts";
import { lasting } from "./durations.ts";
import { withRedis } from "./redis-session.ts";

const YEAR_MS = 366 * 86_400_000;
/** Entries that are read at once; all are printed, however many. */
const PAGE = 1_000;

type Options = { since?: number; limit: number; json?: true };

/** `otpost audit`: who changed what. */
export function auditCommand(): Command {
  return new Command("audit")
    .description("who changed what, newest first: by the console, its API and the command line")
    .option("--since <time>", "only what was changed in this time, such as 12h or 7d", lasting(YEAR_MS))
    .option("--limit <n>", "at most so many entries", wholeNumber(1, 100_000), 100)
    .option("--json", "print JSON, one entry a line")
    .addHelpText(
      "after",
      "\nExamples:\n  otpost audit --since 7d\n  otpost audit --limit 100000 --json > audit.ndjson",
    )
    .action(async ({ since: sinceMs, limit, json }: Options) => {
      const since = sinceMs === undefined ? undefined : Date.now() - sinceMs;
      let printed = 0;
      await withRedis(async ({ client, keys }) => {
        const audit = createAudit({ client, keys, now: Date.now });
        for await (const { id: _, ...entry } of entries(audit, since, limit)) {
          print(json ? JSON.stringify(withInstant(entry)) : line(entry));
          printed += 1;
        }
      });
      if (printed === 0 && !json) print("Nobody has changed anything.");
    });
}

async function* entries(audit: Audit, since: number | undefined, limit: number): AsyncGenerator<KeptEntry> {
  let left = limit;
  let before: string | undefined;
  while (left > 0) {
    const found = await audit.newest({ limit: Math.min(PAGE, left), before, since });
    yield* found;
    left -= found.length;
    before = found.at(-1)?.id;
    if (before === undefined) return;
  }
}

function withInstant({ at, ...entry }: AuditEntry) {
  return { at: new Date(at).toISOString(), ...entry };
}

function line({ at, who, role, action, target, detail }: AuditEntry): string {
  const more = Object.entries(detail ?? {}).map(([name, value]) => `${name}=${value}`);
  return [new Date(at).toISOString(), who, role, action, target ?? "", ...more].join("\t").trimEnd();
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
