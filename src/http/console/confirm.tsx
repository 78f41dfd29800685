import type { Context } from "hono";
import type { Child } from "hono/jsx";
import { type PageOptions, page } from "./page.tsx";
import { readerOf } from "./reader.ts";
import { shellTexts } from "./texts/shell.ts";

export type Confirmation = PageOptions & {
  /** Where the change is made, by POST. */
  action: string;
  /** What goes there, shown by `says`. */
  fields: Readonly<Record<string, string>>;
  /** What will happen, in full: what waits, what would be lost, what it costs. */
  says: Child;
  /** The word of the deed, such as `Stop seven-sms`; never just "OK". */
  button: string;
  /** Where to go instead. */
  back: string;
};

/** The page between a form and its change: everything is said before anything happens, and nothing is a surprise. */
export function confirmPage(
  c: Context,
  { action, fields, says, button, back, ...options }: Confirmation,
): Response {
  const words = shellTexts[readerOf(c).language];
  return page(
    c,
    options,
    <article class="confirm">
      <div>{says}</div>
      <form method="post" action={action} class="actions">
        {Object.entries(fields).map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <button type="submit">{button}</button>
        <a href={back} role="button" class="secondary">
          {words.cancel}
        </a>
      </form>
    </article>,
  );
}
