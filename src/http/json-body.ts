import { readBody, requireJson } from "./body.ts";
import { ApiError } from "./problem.ts";

const BODY_MAX_BYTES = 8 * 1024;

/** @throws ApiError for a body of another type, too large a one, and what parseJsonBody refuses */
export async function readJson(request: Request): Promise<unknown> {
  requireJson(request);
  return parseJsonBody(await readBody(request, BODY_MAX_BYTES));
}

/** Deeper nesting than any of our own requests has; refused before the parser sees it. */
const DEPTH_MAX = 5;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * JSON with what parsers leave open shut: no bytes outside UTF-8, no deep nesting, no name twice. Two parsers
 * that disagree on a doubled name would see two different requests.
 * @throws ApiError invalid_json
 */
export function parseJsonBody(bytes: Uint8Array, depthMax = DEPTH_MAX): unknown {
  if (bytes.byteLength === 0) throw fault("The body is empty.");
  const source = decode(bytes);
  const members = scan(source);
  if (members.depth > depthMax) throw fault(`The body is nested deeper than ${depthMax} levels.`);
  const value = parse(source);
  if (members.count !== countMembers(value)) throw fault("A name occurs twice in the same object.");
  return value;
}

function fault(detail: string): ApiError {
  return new ApiError("invalid_json", detail);
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw fault("The body is not valid UTF-8.");
  }
}

/** The parser's own message quotes the body, so it is not passed on. */
function parse(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    throw fault("The body is not valid JSON.");
  }
}

/** UTF-16 units of the characters that give JSON its shape. */
const CHAR = { quote: 34, backslash: 92, colon: 58, openBrace: 123, closeBrace: 125, open: 91, close: 93 };

/** Colons outside of strings are the members as written; the parsed value has fewer if a name was doubled. */
function scan(source: string): { count: number; depth: number } {
  let count = 0;
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < source.length; i++) {
    const c = source.charCodeAt(i);
    if (c === CHAR.quote) i = endOfString(source, i);
    else if (c === CHAR.colon) count++;
    else if (c === CHAR.openBrace || c === CHAR.open) deepest = Math.max(deepest, ++depth);
    else if (c === CHAR.closeBrace || c === CHAR.close) depth--;
  }
  return { count, depth: deepest };
}

function endOfString(source: string, start: number): number {
  let i = start + 1;
  while (i < source.length && source.charCodeAt(i) !== CHAR.quote) {
    i += source.charCodeAt(i) === CHAR.backslash ? 2 : 1;
  }
  return i;
}

function countMembers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce((sum: number, v) => sum + countMembers(v), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}
