import { z } from "zod";

/** Kinds of settings that adapters share. No message ever shows the value: it may be a secret. */

/** An API key or token: it goes into a header, so it must be printable ASCII without blanks. */
export const secret = z
  .string()
  .regex(/^[\x21-\x7e]{1,512}$/, "must be 1 to 512 printable characters without blanks");

/** Several secrets, separated by commas, so that one can be replaced while both are in use. */
export const secrets = z
  .string()
  .transform((list) => list.split(",").map((one) => one.trim()))
  .pipe(z.array(secret).min(1).max(4));

export const flag = z.enum(["0", "1"], "must be 0 or 1").transform((value) => value === "1");

export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

/** A part of the whole, such as 0.25. */
export const share = (max: number) =>
  z
    .string()
    .regex(/^([01]|[01]?\.\d{1,3})$/, `must be a share from 0 to ${max}, such as 0.25`)
    .transform(Number)
    .pipe(z.number().max(max, `must be at most ${max}`));

/** Where a provider listens. Keys and codes travel there, so plain http is for this machine only. */
export const baseUrl = z
  .string()
  .refine(isBaseUrl, "must be an https URL without query (http only for this host or container network)")
  .transform((url) => url.replace(/\/+$/, ""));

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const plain = url.username === "" && url.search === "" && url.hash === "";
  return plain && (url.protocol === "https:" || (url.protocol === "http:" && isNear(url.hostname)));
}

/** A name without a dot resolves inside a container network only, never in the public DNS. */
function isNear(hostname: string): boolean {
  return isLoopback(hostname) || /^[a-z0-9_-]+$/i.test(hostname);
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
