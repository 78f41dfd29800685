import { z } from "zod";

/** Shapes that several parts of a provider file share. Descriptions show up as help in editors. */

/** Characters. */
const REGEX_MAX = 200;

export const pointer = z
  .string()
  .max(200)
  .regex(/^(\/([^~/]|~[01])*)*$/, "must be a JSON pointer, such as /ids/0 (RFC 6901)")
  .describe("JSON pointer into the body. RFC 6901; the empty pointer is the whole body.");

// Short, and tried on short texts: a pattern that backtracks for long would stop the whole process.
const regex = z
  .string()
  .min(1)
  .max(REGEX_MAX)
  .refine(isRegex, "must be a regular expression")
  .describe("JavaScript regular expression, tried on the first 200 characters of the value.");

const scalar = z.union([z.string().max(200), z.number(), z.boolean()], "must be a text, number or boolean");

/** One thing that must be true of an answer's body. */
export const condition = z
  .strictObject({
    pointer,
    exists: z
      .boolean()
      .optional()
      .describe("true: there is a value, and it is not null. false: there is none."),
    equals: scalar.optional().describe('Texts and numbers are compared as text: 100 equals "100".'),
    matches: regex.optional(),
  })
  .describe("Holds when everything that it names holds.");

/** A value, or a part of it that a regular expression cuts out. */
export const locator = z
  .union(
    [pointer, z.strictObject({ pointer, match: regex.describe("The first group is the value.") })],
    "must be a JSON pointer, or an object of pointer and match",
  )
  .describe("Where a value stands.");

/** HTTP statuses between two bounds, 20 at most. */
export const statusCodes = (first: number, last: number) =>
  z.array(z.int().min(first).max(last)).min(1).max(20).describe("HTTP statuses.");

const template = z.string().max(2_000);

// Names are checked, for undici throws on a bad one in the middle of a call.
const headers = z
  .record(z.string().regex(/^[A-Za-z0-9-]{1,60}$/, "must be a header name"), template)
  .describe("Header templates.");

const body = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("json"), template: z.json() }),
    z.strictObject({ kind: z.literal("form"), template: z.record(z.string().min(1).max(100), template) }),
  ])
  .describe("A field whose placeholder has no value is left out of the request.");

/** The templates of a request. Which placeholders each of them takes stands in places.ts. */
export const requestFields = {
  path: template
    .startsWith("/", "must start with /")
    .describe("Path and query below baseUrl. Never a number or text: URLs end up in logs."),
  headers: headers.optional(),
  body: body.optional(),
};

export const answerKind = z
  .enum(["json", "text"])
  .default("json")
  .describe("How the answer's body is read; text is one value at the empty pointer.");

/** Where an answer tells the price of the message. */
export const cost = z.strictObject({
  amount: pointer.describe("Price in whole units, number or decimal text."),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "must be a currency code, such as EUR")
    .optional(),
  currencyAt: pointer.optional(),
});

/** The statuses of core/report.ts. */
const statusWord = z.enum(["accepted", "transmitted", "buffered", "undelivered", "delivered", "unknown"]);

/** How one record, pushed or polled, becomes a report. */
export const mappingFields = {
  id: pointer.optional().describe("The provider's message id."),
  reference: pointer.optional().describe("Our reference, where the provider gives it back."),
  status: pointer,
  statuses: z
    .record(z.string().min(1).max(40), statusWord)
    .describe("The provider's words and what they mean here. A word that is not listed moves nothing."),
  at: z
    .strictObject({ pointer, format: z.enum(["unix-seconds", "unix-ms", "iso-8601"]) })
    .optional()
    .describe("When it happened."),
  list: pointer.optional().describe("The array of records, where one body holds several."),
};

function isRegex(source: string): boolean {
  try {
    return new RegExp(source, "u") instanceof RegExp;
  } catch {
    return false;
  }
}
