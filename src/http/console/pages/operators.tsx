import type { Context } from "hono";
import { isRole, type Role, ROLES } from "../../../core/operator.ts";
import { empty } from "../../answer.ts";
import type { Asked } from "../../operator-guard.ts";
import { confirmPage } from "../confirm.tsx";
import { readForm } from "../form.ts";
import { formatOf } from "../format.ts";
import { page, roleWord } from "../page.tsx";
import { done, fault, nothing, row, table } from "../parts.tsx";
import { readerOf } from "../reader.ts";
import { operatorsTexts } from "../texts/operators.ts";
import { shellTexts } from "../texts/shell.ts";

/** Those who log in with a token. `add` and `revoke` throw an error that says what is wrong. */
export type OperatorDesk = {
  list: () => Promise<{ name: string; role: Role; by: string; expiresAt: number }[]>;
  add: (operator: { name: string; role: Role; validMs: number; by: string }) => Promise<string>;
  revoke: (name: string) => Promise<void>;
};

const DAY_MS = 86_400_000;
const DAYS = { usual: 90, max: 730 };
/** As the store takes it. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Who they are, and the form for one more. */
export async function operatorsPage(c: Context, desk: OperatorDesk): Promise<Response> {
  const { words, shell } = penOf(c);
  const revoked = c.req.query("revoked");
  const operators = await desk.list().catch(() => undefined);
  return page(
    c,
    { title: shell.operators, active: "operators" },
    <>
      {revoked && NAME.test(revoked) ? done(words.revoked(revoked)) : null}
      <p class="soft">{words.about}</p>
      {operators === undefined ? fault(shell.unreadable) : null}
      {operators?.length === 0 ? nothing(words.none) : null}
      {operators && operators.length > 0 ? operatorsTable(c, operators) : null}
      {addForm(c, { name: "", role: "viewer", days: String(DAYS.usual) })}
    </>,
  );
}

function penOf(c: Context) {
  const reader = readerOf(c);
  const { language } = reader;
  return { language, words: operatorsTexts[language], shell: shellTexts[language], format: formatOf(reader) };
}

function operatorsTable(c: Context, operators: Awaited<ReturnType<OperatorDesk["list"]>>) {
  const { language, words, shell, format } = penOf(c);
  const rows = operators.map(({ name, role, by, expiresAt }) =>
    row(
      name,
      roleWord(language, role),
      by,
      expiresAt > Date.now() ? format.instant(expiresAt) : words.over,
      <a href={`/operators/revoke?name=${name}`} aria-label={words.revokeButton(name)}>
        {words.revoke}
      </a>,
    ),
  );
  return table(shell.operators, [words.name, words.role, words.addedBy, words.ends, words.revoke], rows);
}

type Filled = { name: string; role: string; days: string; wrong?: string };

/** By GET: what is only asked about may stand in the address. */
function addForm(c: Context, { name, role, days, wrong }: Filled) {
  const { language, words } = penOf(c);
  const may = {
    viewer: words.mayViewer,
    helpdesk: words.mayHelpdesk,
    operator: words.mayOperator,
    admin: words.mayAdmin,
  };
  return (
    <section>
      {wrong === undefined ? <h2>{words.add}</h2> : fault(wrong)}
      <form method="get" action="/operators/add">
        <label for="name">{words.name}</label>
        <input id="name" name="name" value={name} aria-describedby="name-hint" required autocomplete="off" />
        <p id="name-hint" class="soft">
          {words.nameHint}
        </p>
        <label for="role">{words.role}</label>
        <select id="role" name="role">
          {ROLES.map((one) => (
            <option value={one} selected={one === role}>
              {`${roleWord(language, one)}: ${may[one]}`}
            </option>
          ))}
        </select>
        <label for="days">{words.days}</label>
        <input id="days" name="days" type="number" min="1" max={DAYS.max} value={days} required />
        <button type="submit">{words.goOn}</button>
      </form>
    </section>
  );
}

type New = { name: string; role: Role; days: number };

/** @returns what is wrong with it as a sentence */
function readNew(c: Context, fields: { get: (name: string) => string | null | undefined }): New | string {
  const { words } = penOf(c);
  const [name, role, days] = [fields.get("name") ?? "", fields.get("role") ?? "", Number(fields.get("days"))];
  if (!NAME.test(name)) return words.badName;
  if (!isRole(role)) return words.badRole;
  return Number.isInteger(days) && days >= 1 && days <= DAYS.max ? { name, role, days } : words.badDays;
}

/** The form again where it is not complete, else what would happen. */
export function addOperatorPage(c: Context): Response {
  const { language, words, format } = penOf(c);
  const asked = readNew(c, { get: (name) => c.req.query(name) });
  if (typeof asked === "string") {
    const [name = "", role = "", days = ""] = ["name", "role", "days"].map((field) => c.req.query(field));
    const form = addForm(c, { name, role, days, wrong: asked });
    return page(c, { title: words.add, active: "operators", status: 400 }, form);
  }
  const { name, role, days } = asked;
  const until = format.instant(Date.now() + days * DAY_MS);
  return confirmPage(c, {
    title: words.add,
    active: "operators",
    action: "/operators/add",
    fields: { name, role, days: String(days) },
    says: <p>{words.confirmAdd(name, roleWord(language, role), until)}</p>,
    button: words.addButton(name),
    back: "/operators",
  });
}

/** The answer itself shows the token, for it is nowhere else; reloading it sends the form again and is refused. */
export async function addOperator(
  c: Context,
  { operator, audit }: Asked,
  desk: OperatorDesk,
): Promise<Response> {
  const { words } = penOf(c);
  const asked = readNew(c, await readForm(c));
  if (typeof asked === "string") return notDone(c, asked);
  const { name, role, days } = asked;
  try {
    const token = await desk.add({ name, role, validMs: days * DAY_MS, by: operator.name });
    await audit("operator.add", { target: name, detail: { role, days } });
    return page(
      c,
      { title: words.added(name), active: "operators" },
      <article>
        <code class="secret">{token}</code>
        <p>{words.shownOnce}</p>
        <a href="/operators">{words.toList}</a>
      </article>,
    );
  } catch (error) {
    return notDone(c, faultWords(error));
  }
}

export async function revokeOperatorPage(c: Context, desk: OperatorDesk): Promise<Response> {
  const { words } = penOf(c);
  const name = c.req.query("name") ?? "";
  const isThere = (await desk.list()).some((one) => one.name === name);
  if (!isThere) return notDone(c, words.notThere(name.slice(0, 64)), 404);
  return confirmPage(c, {
    title: words.revoke,
    active: "operators",
    action: "/operators/revoke",
    fields: { name },
    says: <p>{words.confirmRevoke(name)}</p>,
    button: words.revokeButton(name),
    back: "/operators",
  });
}

export async function revokeOperator(c: Context, { audit }: Asked, desk: OperatorDesk): Promise<Response> {
  const name = (await readForm(c)).get("name") ?? "";
  try {
    await desk.revoke(name);
  } catch (error) {
    return notDone(c, faultWords(error));
  }
  await audit("operator.revoke", { target: name });
  return empty(303, { location: `/operators?revoked=${encodeURIComponent(name)}` });
}

/** @throws what is no fault of the one who asked */
function faultWords(error: unknown): string {
  if (error instanceof Error && error.name === "OperatorFault") return error.message;
  throw error;
}

function notDone(c: Context, why: string, status = 409): Response {
  const { words, shell } = penOf(c);
  return page(
    c,
    { title: shell.goneWrong, active: "operators", status },
    <>
      {fault(why)}
      <a href="/operators">{words.toList}</a>
    </>,
  );
}
