/**
 * Logins as a Nextcloud sends them. Every request has a number of its own, so that no limit and no reload window
 * counts. Enrolments would not do: numbers in a row are what the limit of neighbouring numbers is for.
 */

export type Target = { url: string; apiKey: string };

/** German mobile numbers of one length, so that every request has the same Content-Length. */
const FIRST = 1_000_000;
const LAST = 9_999_999;

let taken = FIRST;

/** A number that this process has not given out before. */
export function nextNumber(): string {
  if (taken >= LAST) throw new Error("The bench has no number left; ask for fewer runs");
  return `+49171${taken++}`;
}

export const TEXT = "482913 is your Nextcloud confirmation code for login.";

/** @returns a maker of whole requests */
export function requestMaker({ url, apiKey }: Target): () => string {
  const { host } = new URL(url);
  const [before, after] = ['{"to":"', `","text":"${TEXT}"}`];
  const length = before.length + nextNumber().length + after.length;
  const head = [
    "POST /v1/deliveries HTTP/1.1",
    `host: ${host}`,
    `authorization: Bearer ${apiKey}`,
    "content-type: application/json",
    `content-length: ${length}`,
  ].join("\r\n");
  return () => `${head}\r\n\r\n${before}${nextNumber()}${after}`;
}
