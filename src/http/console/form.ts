import type { Context } from "hono";
import { readBody } from "../body.ts";

/** Forms of ours have a few short fields. */
const FORM_MAX_BYTES = 8 * 1024;

/** The fields of a form that was posted; the first of each name counts. @throws ApiError */
export async function readForm(c: Context): Promise<URLSearchParams> {
  return new URLSearchParams(Buffer.from(await readBody(c.req.raw, FORM_MAX_BYTES)).toString());
}

/** @returns the path when it is one of ours, else `/`: nobody is sent elsewhere by a link that names an address */
export function ownPath(path: string | null | undefined): string {
  return path && /^\/(?![/\\])[\x21-\x7e]{0,500}$/.test(path) ? path : "/";
}
