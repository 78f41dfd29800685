/** The content of a message: code, text, and what a text costs on the wire. */

export type Content = { code: string | undefined; text: string };

export type TextFault = "empty" | "too_long" | "control_characters";

/** seven takes at most 10 parts of 152 characters. Source: docs.seven.io, sms. */
const TEXT_MAX = 1520;

/** Control, bidirectional, zero-width and other invisible characters that only trick a reader. */
const TRICKS =
  /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/u;

/** Inside words of these scripts the joiners are spelling, not a trick. Source: UAX 31, 2.3. */
const JOINERS =
  /(?<=[\p{scx=Arab}\p{scx=Deva}\p{scx=Beng}\p{scx=Gujr}\p{scx=Guru}\p{scx=Knda}\p{scx=Mlym}\p{scx=Orya}\p{scx=Sinh}\p{scx=Taml}\p{scx=Telu}])[\u200C\u200D]/gu;

/** A text in NFC without characters that trick a reader, or why it is refused. */
export function parseText(raw: string): string | { fault: TextFault } {
  const text = raw.normalize("NFC").replaceAll("\u00A0", " ").trim();
  if (text === "") return { fault: "empty" };
  if (text.length > TEXT_MAX) return { fault: "too_long" };
  return TRICKS.test(text.replaceAll(JOINERS, "")) ? { fault: "control_characters" } : text;
}

/** The only run of 4-8 digits; two languages glue it to a letter, so no word boundary is asked for. */
export function codeIn(text: string): string | undefined {
  const runs = text.match(/(?<!\d)\d{4,8}(?!\d)/g);
  return runs?.length === 1 ? runs[0] : undefined;
}

/** Texts for callers that send a bare code. GSM-7 only, so that each stays one segment. */
const TEMPLATES = new Map(
  Object.entries({
    en: "{code} is your verification code.",
    de: "{code} ist Ihr Best\u00E4tigungscode.",
    fr: "{code} est votre code de v\u00E9rification.",
    es: "Use {code} para verificar su identidad.",
    it: "{code} \u00E8 il tuo codice di verifica.",
    nl: "{code} is uw verificatiecode.",
  }),
);

export function textForCode(code: string, locale: string | undefined): string {
  const language = locale?.toLowerCase().split(/[-_]/)[0] ?? "en";
  return (TEMPLATES.get(language) ?? "{code} is your verification code.").replace("{code}", code);
}

const GSM7 =
  /^[@\u00A3$\u00A5\u00E8\u00E9\u00F9\u00EC\u00F2\u00C7\n\u00D8\u00F8\r\u00C5\u00E5\u0394_\u03A6\u0393\u039B\u03A9\u03A0\u03A8\u03A3\u0398\u039E\u00C6\u00E6\u00DF\u00C9 !"#\u00A4%&'()*+,\-./0-9:;<=>?\u00A1A-Z\u00C4\u00D6\u00D1\u00DC\u00A7\u00BFa-z\u00E4\u00F6\u00F1\u00FC\u00E0^{}\\[~\]|\u20AC]*$/u;
/** These take two septets. Source: 3GPP TS 23.038, extension table. */
const GSM7_EXTENDED = /[\^{}\\[~\]|\u20AC]/u;

export type Segments = { encoding: "gsm-7" | "ucs-2"; segments: number };

/** Billable parts of a text. Source: 3GPP TS 23.040: 160/153 septets, 70/67 UTF-16 units. */
export function countSegments(text: string): Segments {
  if (!GSM7.test(text))
    return {
      encoding: "ucs-2",
      segments: parts(
        widths(text, (c) => c.length),
        70,
        67,
      ),
    };
  const septets = widths(text, (c) => (GSM7_EXTENDED.test(c) ? 2 : 1));
  return { encoding: "gsm-7", segments: parts(septets, 160, 153) };
}

function widths(text: string, widthOf: (character: string) => number): number[] {
  return Array.from(text, widthOf);
}

/** Fills parts character by character: neither an escape sequence nor a surrogate pair is torn apart. */
function parts(units: readonly number[], single: number, joined: number): number {
  if (units.reduce((sum, width) => sum + width, 0) <= single) return 1;
  let count = 1;
  let used = 0;
  for (const width of units) {
    const fits = used + width <= joined;
    count += fits ? 0 : 1;
    used = fits ? used + width : width;
  }
  return count;
}

/** Source of the wording: `twofactor_gateway` 0.x sent the one English enrolment text that names Nextcloud. */
const OLD_ENROLMENT = /is your Nextcloud verification code/;

/** The name as login texts write it; the Arabic one spells it out. Source: l10n of `twofactor_gateway`. */
const NEXTCLOUD = /Nextcloud|\u0646\u0643\u0633\u062A \u0643\u0644\u0627\u0648\u062F/;

/** Told from the text alone, for a Nextcloud says nothing else. */
export function purposeOf(content: Content): "login" | "enrolment" | "test" {
  if (content.code === undefined) return "test";
  return NEXTCLOUD.test(content.text) && !OLD_ENROLMENT.test(content.text) ? "login" : "enrolment";
}
