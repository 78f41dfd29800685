import { parseJson } from "../../providers/said.ts";
import type { Heard } from "./wire.ts";

/** Only names and types of fields are taken from an answer: its values hold number and text. */

type JsonType = "string" | "number" | "boolean" | "null" | "array" | "object";
type Types = Record<string, JsonType[]>;
export type RefusalShape = "object" | "bare" | "quoted" | "error-code";

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/;

export function typesOf(value: unknown): Types {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const fields = Object.entries(value).filter(([name]) => NAME.test(name));
  return Object.fromEntries(fields.map(([name, one]) => [name, [typeOf(one)]]));
}

function typeOf(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  const type = typeof value;
  return type === "string" || type === "number" || type === "boolean" ? type : "object";
}

/** The form in which a code came; undefined for anything that is no code. */
export function shapeOf(body: string): RefusalShape | undefined {
  const text = body.trim();
  if (/^\d{1,3}$/.test(text)) return "bare";
  if (/^"\d{1,3}"$/.test(text)) return "quoted";
  const fields = typesOf(parseJson(text));
  if ("error_code" in fields) return "error-code";
  return "success" in fields ? "object" : undefined;
}

/** Headers that speak of rates and queues, by the drafts and habits that are in use. */
const HINTS = ["retry-after", "x-queue-length"].concat(
  ["ratelimit-", "x-ratelimit-", "x-rate-limit-"].flatMap((family) =>
    ["limit", "remaining", "reset"].map((last) => family + last),
  ),
);

export function rateHintsOf({ header }: Heard): Record<string, number> {
  const given = HINTS.map((name) => [name, Number(header(name) ?? Number.NaN)] as const);
  return Object.fromEntries(given.filter(([, value]) => Number.isFinite(value)));
}

/** The answer as an object; empty where it is none. */
export function bodyOf({ body }: Heard): Record<string, unknown> {
  const parsed = parseJson(body);
  return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
}

export function answerFieldsOf(heard: Heard): { top: Types; message: Types } {
  const body = bodyOf(heard);
  const [message] = Array.isArray(body["messages"]) ? (body["messages"] as unknown[]) : [];
  return { top: typesOf(body), message: typesOf(message) };
}
