import type { Language } from "./language.ts";

/** The sentences of a timeline, by language. What they are given are ids, words and sums, never a code or a number. */
export type TimelineTexts = {
  none: string;
  next: string;
  leftOut: (route: string, why: string) => string;
  accepted: (purpose: string, plan: string) => string;
  observed: (purpose: string, own: string, others: string) => string;
  waits: (number: number, route: string, why: string) => string;
  wouldMove: (from: string, to: string, why: string) => string;
  planned: (number: number, route: string, why: string) => string;
  calling: (route: string, waitedMs: number) => string;
  readyToCall: (route: string, waitedMs: number) => string;
  taken: (route: string, price: string | undefined) => string;
  notCalled: (route: string, why: string) => string;
  notTaken: (route: string, ended: string, why: string, code: string | undefined) => string;
  lookedUp: (route: string) => string;
  absent: (route: string, times: number) => string;
  report: (route: string, said: string, status: string) => string;
  refund: (route: string, price: string | undefined) => string;
  left: (route: string, why: "silence" | "quiet" | "buffered" | "other") => string;
  exhausted: string;
  deadline: string;
  cancelled: string;
  verified: string;
  closed: string;
  ended: (state: string) => string;
  endedLate: (state: string) => string;
  endedVerified: string;
};

const LEFT_EN = {
  silence: "it stayed silent",
  quiet: "it stays silent about this message and about many others",
  buffered: "it finds the phone out of reach",
  other: "its outcome stays unknown",
};

const LEFT_DE = {
  silence: "er meldete nichts",
  quiet: "er meldet zu dieser und zu vielen anderen Nachrichten nichts",
  buffered: "er findet das Telefon nicht erreichbar",
  other: "sein Ausgang bleibt unbekannt",
};

const ENGLISH: TimelineTexts = {
  none: "none",
  next: ", then ",
  leftOut: (route, why) => `${route} is left out: ${why}.`,
  accepted: (purpose, plan) => `Accepted (${purpose}). Routes in order: ${plan}.`,
  observed: (purpose, own, others) => {
    const rest = others === "" ? "" : ` Failover would go on to ${others}.`;
    return `Accepted (${purpose}), observed only: it stays on ${own}.${rest}`;
  },
  waits: (number, route, why) => `Attempt ${number} waits in the lane of ${route}: ${why}.`,
  wouldMove: (from, to, why) =>
    `Failover would have left ${from} for ${to} now: ${why}. It is only observed.`,
  planned: (number, route, why) => `Attempt ${number} goes to ${route}: ${why}.`,
  calling: (route, waitedMs) => `Calling ${route} after ${waitedMs} ms in its lane.`,
  readyToCall: (route, waitedMs) => `Ready to call ${route} after ${waitedMs} ms in its lane.`,
  taken: (route, price) => `${route} took the message${price === undefined ? "" : ` for ${price}`}.`,
  notCalled: (route, why) => `No call to ${route} was made: ${why}.`,
  notTaken: (route, ended, why, code) =>
    `${route} ${ended}: ${why}${code === undefined ? "" : ` (its code ${code})`}.`,
  lookedUp: (route) => `Looked the message up at ${route}.`,
  absent: (route, times) => `Looked the message up at ${route}: not there (${times} times in a row).`,
  report: (route, said, status) => `${route} reported ${said} (${status}).`,
  refund: (route, price) => `${route} gave ${price ?? "the price"} back.`,
  left: (route, why) => `Not waiting for ${route} any longer: ${LEFT_EN[why]}. It may still arrive.`,
  exhausted: "No route is left to try.",
  deadline: "Too little of the code's life is left to send it again.",
  cancelled: "Cancelled by the caller: nothing more is sent.",
  verified: "The caller told us that the code was entered: nothing more is sent.",
  closed: "No report is waited for any longer.",
  ended: (state) => `Ended as ${state}.`,
  endedLate: (state) => `Ended; a late report lifted it to ${state}.`,
  endedVerified: "Ended; the code was entered later.",
};

const GERMAN: TimelineTexts = {
  none: "keiner",
  next: ", dann ",
  leftOut: (route, why) => `${route} ist nicht dabei: ${why}.`,
  accepted: (purpose, plan) => `Angenommen (${purpose}). Wege der Reihe nach: ${plan}.`,
  observed: (purpose, own, others) => {
    const rest = others === "" ? "" : ` Der Ersatz ginge weiter zu ${others}.`;
    return `Angenommen (${purpose}), nur beobachtet: bleibt bei ${own}.${rest}`;
  },
  waits: (number, route, why) => `Versuch ${number} wartet in der Schlange von ${route}: ${why}.`,
  wouldMove: (from, to, why) =>
    `Der Ersatz hätte jetzt ${from} verlassen und ${to} genommen: ${why}. Es wird nur beobachtet.`,
  planned: (number, route, why) => `Versuch ${number} geht an ${route}: ${why}.`,
  calling: (route, waitedMs) => `Aufruf von ${route} nach ${waitedMs} ms in der Schlange.`,
  readyToCall: (route, waitedMs) => `Bereit zum Aufruf von ${route} nach ${waitedMs} ms in der Schlange.`,
  taken: (route, price) => `${route} nahm die Nachricht an${price === undefined ? "" : ` für ${price}`}.`,
  notCalled: (route, why) => `${route} wurde nicht aufgerufen: ${why}.`,
  notTaken: (route, ended, why, code) =>
    `${route} ${ended}: ${why}${code === undefined ? "" : ` (dortiger Code ${code})`}.`,
  lookedUp: (route) => `Bei ${route} nach der Nachricht gesehen.`,
  absent: (route, times) => `Bei ${route} nach der Nachricht gesehen: nicht da (${times}-mal nacheinander).`,
  report: (route, said, status) => `${route} meldete ${said} (${status}).`,
  refund: (route, price) => `${route} gab ${price ?? "den Preis"} zurück.`,
  left: (route, why) =>
    `Auf ${route} wird nicht länger gewartet: ${LEFT_DE[why]}. Die Nachricht kann noch ankommen.`,
  exhausted: "Es ist kein Weg mehr übrig.",
  deadline: "Der Code gilt zu kurz, um ihn noch einmal zu senden.",
  cancelled: "Vom Aufrufer abgebrochen: es wird nichts mehr gesendet.",
  verified: "Der Aufrufer meldete, dass der Code eingegeben wurde: es wird nichts mehr gesendet.",
  closed: "Auf Meldungen wird nicht länger gewartet.",
  ended: (state) => `Ende: ${state}.`,
  endedLate: (state) => `Ende; eine späte Meldung hob es auf: ${state}.`,
  endedVerified: "Ende; der Code wurde später eingegeben.",
};

export const TIMELINE_TEXTS: Record<Language, TimelineTexts> = { en: ENGLISH, de: GERMAN };
