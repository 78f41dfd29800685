import { parseJsonBody } from "../json-body.ts";
import { ApiError } from "../problem.ts";

/** Parameters as clients send them: in the query, as a form, as JSON, or in two of these at once. */
export type Fields = {
  /** Trimmed; empty when absent, which is the same to a driver that joins strings. A list of one is its only entry. */
  text: (name: string) => string;
};

/** More than any of these clients has; each costs a little before the key is known. */
const FIELDS_MAX = 64;

const FORM = /^application\/x-www-form-urlencoded\s*(;|$)/i;
const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** @throws ApiError invalid_request, invalid_json, unsupported_media_type */
export function readFields(query: string, type: string | undefined, body: Uint8Array): Fields {
  const entries = [...pairs(query), ...bodyEntries(type, body)];
  const values = new Map(entries);
  if (entries.length > FIELDS_MAX) throw invalid("There are too many parameters.");
  if (values.size !== entries.length) throw invalid("A parameter occurs twice.");
  return { text: (name) => textOf(values.get(name)) };
}

/** The first of several names that has a value; empty when none has. */
export function firstText(fields: Fields, names: readonly string[]): string {
  return names.map((name) => fields.text(name)).find((text) => text !== "") ?? "";
}

function bodyEntries(type: string | undefined, body: Uint8Array): [string, unknown][] {
  if (body.byteLength === 0) return [];
  if (type !== undefined && JSON_TYPE.test(type)) return members(parseJsonBody(body));
  if (type !== undefined && FORM.test(type)) return pairs(Buffer.from(body).toString("latin1"));
  throw new ApiError("unsupported_media_type", "Send the body as a form or as application/json.");
}

function members(value: unknown): [string, unknown][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw invalid("The body must be a JSON object.");
}

/**
 * Stricter than URLSearchParams, which turns what it cannot read into U+FFFD: a person would be sent that.
 * @param text ASCII as it was on the wire
 */
function pairs(text: string): [string, string][] {
  return text
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      return equals < 0
        ? [decoded(pair), ""]
        : [decoded(pair.slice(0, equals)), decoded(pair.slice(equals + 1))];
    });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw invalid("The parameters are not percent-encoded UTF-8.");
  }
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value.trim();
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value === undefined || value === null) return "";
  if (Array.isArray(value) && value.length <= 1) return textOf(value[0]);
  throw invalid("A parameter must be one plain value; send one request for each recipient.");
}

function invalid(detail: string): ApiError {
  return new ApiError("invalid_request", detail);
}
