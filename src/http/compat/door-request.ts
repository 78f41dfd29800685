import type { Context } from "hono";
import { readBody } from "../body.ts";
import { type Fields, readFields } from "./fields.ts";

/** A request as a front end reads it: everything is here, bounded, and nothing has been believed yet. */
export type DoorRequest = {
  method: string;
  header: (name: string) => string | undefined;
  /** Of the path, decoded. */
  param: (name: string) => string | undefined;
  /** Of the query alone: what an operator wrote into the address. */
  query: (name: string) => string | undefined;
  /** Query and body together. @throws ApiError for what is no form, no JSON or not plain */
  fields: () => Fields;
  /** As it came: for XML, and for signatures, which are over these bytes. */
  body: Uint8Array;
};

const BODY_MAX_BYTES = 8 * 1024;

/** @throws ApiError body_too_large, unsupported_media_type, invalid_request */
export async function readDoorRequest(c: Context, maxBytes = BODY_MAX_BYTES): Promise<DoorRequest> {
  const body = c.req.method === "POST" ? await readBody(c.req.raw, maxBytes) : new Uint8Array();
  return {
    method: c.req.method,
    header: (name) => c.req.header(name),
    param: (name) => c.req.param(name),
    query: (name) => c.req.query(name),
    fields: () => readFields(queryOf(c.req.url), c.req.header("content-type"), body),
    body,
  };
}

function queryOf(url: string): string {
  const start = url.indexOf("?");
  return start < 0 ? "" : url.slice(start + 1);
}
