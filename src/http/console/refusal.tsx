import type { Context } from "hono";
import type { Role } from "../../core/operator.ts";
import { type Refusal, refusalHeaders, statusOf } from "../problem.ts";
import { page, roleWord } from "./page.tsx";
import { fault } from "./parts.tsx";
import { readerOf } from "./reader.ts";
import { shellTexts } from "./texts/shell.ts";

/** A person is told by a page, a script by a status that it can act on. */
export function wantsPage(c: Context): boolean {
  return (c.req.header("accept") ?? "").includes("text/html");
}

/** Says which role is needed, and how one comes by it. */
export function forbiddenPage(c: Context, needed: Role): Response {
  const { language } = readerOf(c);
  const words = shellTexts[language];
  const own = c.get("operator").role;
  return page(
    c,
    { title: words.notAllowed, status: 403 },
    <>
      {fault(words.needsRole(roleWord(language, needed), roleWord(language, own)))}
      <p>
        <a href="/">{words.back}</a>
      </p>
    </>,
  );
}

/** A refusal as a page. Details without words of their own are in English, as in the API. */
export function refusalPage(c: Context, refusal: Refusal): Response {
  const words = shellTexts[readerOf(c).language];
  const isAway = refusal.code === "unavailable";
  return page(
    c,
    { title: words.goneWrong, status: statusOf(refusal.code), headers: refusalHeaders(refusal) },
    <>
      {fault(inWords(words, refusal))}
      <p>
        <a href={isAway ? "/login" : "/"}>{isAway ? words.toLogin : words.back}</a>
      </p>
    </>,
  );
}

function inWords(words: (typeof shellTexts)["en"], { code, detail }: Refusal): string {
  if (code === "unavailable") return words.unavailable;
  if (code === "not_found") return words.notFound;
  if (code === "forbidden_origin") return words.foreignForm;
  return code === "too_many_failures" ? words.tooManyFailures : detail;
}
