import { type Content, textForCode } from "../../core/message.ts";
import { textContent } from "../delivery-request.ts";
import { ApiError } from "../problem.ts";

/** What a sender wants said: a text, with the code in it where it names that too, or a bare code. */
export type Words =
  | { text: string; code?: string | undefined }
  | { text?: undefined; code: string; locale?: string | undefined };

/** As in the native API. */
const BARE_CODE = /^[0-9A-Za-z]{4,10}$/;
/** A text of letters alone may be a word. */
const BARE_DIGITS = /^\d{4,10}$/;

/**
 * Identity providers fill one field or two, either of which may hold nothing but the code.
 * @param locale language of our text around a bare code
 */
export function wordsOf(text: string, code: string, locale: string | undefined): Words {
  const bare = [BARE_CODE.test(code) ? code : "", BARE_DIGITS.test(text) ? text : ""].find(Boolean);
  const whole = [text, code].find((field) => field !== "" && field !== bare);
  if (whole !== undefined) return { text: onOneLine(whole), code: bare };
  return bare === undefined ? { text: "" } : { code: bare, locale };
}

/** Templates end in line breaks, or hold one before the line that browsers fill a code in by; none is sent. */
function onOneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, " ");
}

/** @throws ApiError invalid_text, invalid_request */
export function contentOf(words: Words): Content {
  if (words.text === undefined) return codeContent(words.code, words.locale);
  const content = textContent(words.text);
  // What is not in the text is not what its reader will type.
  const isNamed = words.code !== undefined && content.text.includes(words.code);
  return isNamed ? { ...content, code: words.code } : content;
}

function codeContent(code: string, locale: string | undefined): Content {
  if (BARE_CODE.test(code)) return { code, text: textForCode(code, locale) };
  throw new ApiError("invalid_request", "The code must be 4 to 10 digits or letters.");
}
