import { type Checked, isWell } from "../doctor/finding.ts";
import { type Examination, examination } from "../doctor/installation/examine.ts";
import { hidden, type Registration, repairsOf } from "../doctor/installation/hooks.ts";
import { thisMachine } from "../doctor/installation/world.ts";
import { findingLines, verdict } from "./doctor-lines.ts";
import { createQuestions, type Questions } from "./questions.ts";

export type InstallationOptions = { repair?: true; yes?: true; json?: true; timeout: number };

/** Calls of a repair, all together. */
const REPAIR_MS = 30_000;

/** The whole installation, from this machine. */
export async function runInstallation({ repair, yes, json, timeout }: InstallationOptions): Promise<void> {
  const look = examination(thisMachine(process.env));
  const out = json ? process.stderr : process.stdout;
  try {
    if (repair) {
      const questions = createQuestions({ yes: yes === true, output: out });
      await repaired(look, questions, (line) => out.write(`${line}\n`)).finally(questions.close);
    }
    const found = json ? await look.run(timeout * 1_000) : await shown(look, timeout * 1_000);
    const ok = isWell(found);
    process.stdout.write(json ? `${JSON.stringify({ ok, findings: found })}\n` : `${verdict(found)}\n`);
    process.exitCode = ok ? 0 : 1;
  } finally {
    await look.close();
  }
}

/** At a terminal each line as it comes; in a file in the order of the checks. */
async function shown(look: Examination, withinMs: number): Promise<Checked[]> {
  const { stdout } = process;
  const width = Math.max(...look.names.map((name) => name.length)) + 2;
  const lines = (found: readonly Checked[]) =>
    found.flatMap((one) => findingLines(one, width).map((line) => `${line}\n`)).join("");
  if (!stdout.isTTY) {
    const found = await look.run(withinMs);
    stdout.write(lines(found));
    return found;
  }
  const waiting = new Set(look.names);
  const status = () => waiting.size > 0 && stdout.write(waitingLine(waiting, stdout.columns));
  status();
  return look.run(withinMs, (name, found) => {
    waiting.delete(name);
    stdout.write(`\r\x1b[2K${lines(found)}`);
    status();
  });
}

function waitingLine(waiting: ReadonlySet<string>, columns: number): string {
  return `... ${waiting.size} to come: ${[...waiting].join(", ")}`.slice(0, Math.max(20, columns - 1));
}

async function repaired(look: Examination, questions: Questions, say: (line: string) => void): Promise<void> {
  for (const registration of look.registrations) await repairOne(registration, questions, say);
  say("");
}

async function repairOne(
  { provider, hooks, url, olderUrls }: Registration,
  questions: Questions,
  say: (line: string) => void,
): Promise<void> {
  if (url === undefined) {
    say(
      `${provider}: nothing to register, for PUBLIC_URL is not set, REPORTS is poll, or there is no master key yet.`,
    );
    return;
  }
  const signal = AbortSignal.timeout(REPAIR_MS);
  const list = await hooks.list(signal);
  const repairs = list && repairsOf(list, { provider, url, olderUrls });
  if (!repairs || repairs.length === 0) {
    say(
      `${provider}: ${repairs ? "its hook is right" : "does not tell its hooks; the key may lack that right"}.`,
    );
    return;
  }
  for (const repair of repairs) {
    const [words, act] =
      "add" in repair
        ? [`register ${hidden(repair.add)}`, () => hooks.add(repair.add, signal)]
        : [
            `take away hook ${repair.remove} to ${hidden(repair.url)}`,
            () => hooks.remove(repair.remove, signal),
          ];
    if (!(await questions.agreed(`${provider}: ${words}?`))) say(`${provider}: left as it is.`);
    else say(`${provider}: ${(await act()) ? "done" : "it was refused"}: ${words}.`);
  }
}
