import type { Report } from "../../core/report.ts";
import { messageId, ourReference, word } from "../said.ts";
import { textAt, valueAt } from "./pointer.ts";
import type { Mapping } from "./schema.ts";

/** No provider sends more reports at once. Source: Infobip, delivery reports, up to 100. */
const RECORDS_MAX = 100;
/** With a zone only: wall time of an unknown place would put reports hours off. */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;

/** The records of a body; undefined where a list was promised and there is none. */
export function recordsOf(document: unknown, list: string | undefined): unknown[] | undefined {
  if (list === undefined) return [document];
  const records = valueAt(document, list);
  return Array.isArray(records) && records.length <= RECORDS_MAX ? records : undefined;
}

/** A record as a report; undefined when it has no status or cannot be told whose it is. */
export function reportOf(record: unknown, mapping: Mapping): Report | undefined {
  const said = textAt(record, mapping.status);
  const providerMessageId = mapping.id === undefined ? undefined : messageId(valueAt(record, mapping.id));
  const reference =
    mapping.reference === undefined ? undefined : ourReference(valueAt(record, mapping.reference));
  if (said === undefined || (providerMessageId === undefined && reference === undefined)) return undefined;
  // Own members only, or a word such as `toString` would find a function.
  const status = Object.getOwnPropertyDescriptor(mapping.statuses, said)?.value;
  return {
    status: status ?? "unknown",
    said: word(said),
    providerMessageId,
    reference,
    reportedAt: mapping.at && instantOf(textAt(record, mapping.at.pointer), mapping.at.format),
  };
}

/** Epoch ms; undefined for what is no time stamp of that format. */
function instantOf(
  text: string | undefined,
  format: NonNullable<Mapping["at"]>["format"],
): number | undefined {
  if (text === undefined) return undefined;
  switch (format) {
    case "unix-seconds":
      return /^\d{9,11}(\.\d{1,9})?$/.test(text) ? Math.floor(Number(text) * 1_000) : undefined;
    case "unix-ms":
      return /^\d{12,14}$/.test(text) ? Number(text) : undefined;
    case "iso-8601": {
      const at = ISO.test(text) ? Date.parse(text) : Number.NaN;
      return Number.isNaN(at) ? undefined : at;
    }
  }
}
