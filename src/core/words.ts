import type { OpenReason } from "./circuit.ts";
import type { AttemptState, DeliveryState, PlanReason, Purpose, SkippedRoute } from "./delivery.ts";
import type { Language } from "./language.ts";
import type { RefusalReason, UnavailableReason, UncertainCause } from "./outcome.ts";
import type { ReportStatus } from "./report.ts";
import { GERMAN } from "./words-de.ts";
import { ENGLISH } from "./words-en.ts";

/** The words for what happens to a delivery, by language. The API speaks English; the console what its reader does. */

type Detail = RefusalReason | UnavailableReason | UncertainCause;

export type DeliveryWords = {
  noReason: string;
  /** Written to follow a colon: `seven-sms refused the message: ...`. */
  detail: Record<Detail, string>;
  /** Why an attempt is made, told about the one before it, or about the routes that come before its own. */
  planned: Record<PlanReason, string>;
  opened: Record<OpenReason, string>;
  /** Why a route was left out. */
  skipped: Record<SkippedRoute["why"], string>;
  /** Written to follow the name of a route. */
  untaken: { refused: string; unavailable: string; uncertain: string; other: string };
  purposes: Record<Purpose, string>;
  states: Record<DeliveryState, string>;
  reports: Record<ReportStatus, string>;
};

const WORDS: Record<Language, DeliveryWords> = { en: ENGLISH, de: GERMAN };

export function wordsIn(language: Language): DeliveryWords {
  return WORDS[language];
}

export function detailWords(detail: Detail | undefined, language: Language = "en"): string {
  const { noReason, detail: words } = WORDS[language];
  return detail === undefined ? noReason : words[detail];
}

export function planWords(why: PlanReason, language: Language = "en"): string {
  return WORDS[language].planned[why];
}

/** Why a circuit is open. */
export function openWords(why: OpenReason, language: Language = "en"): string {
  return WORDS[language].opened[why];
}

export function skipWords(why: SkippedRoute["why"], language: Language = "en"): string {
  return WORDS[language].skipped[why];
}

/** What a call ended in where the provider did not say that it took the message. */
export function untakenWords(state: AttemptState, language: Language = "en"): string {
  const { untaken } = WORDS[language];
  return state === "refused" || state === "unavailable" || state === "uncertain"
    ? untaken[state]
    : untaken.other;
}
