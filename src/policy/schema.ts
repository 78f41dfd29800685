import { z } from "zod";

/** The shape of the policy file. What hangs together across fields is checked in check.ts. */

const whole = (min: number, max: number) => {
  const words = `must be a whole number from ${min} to ${max}`;
  return z.int(words).min(min, words).max(max, words);
};

const text = (what: string) => z.string(`must be ${what} in quotes`);

const routeId = text("the id of a route, such as seven-sms,").max(40, "must be at most 40 characters");

const COUNTRY = "must be a calling code of 1 to 3 digits, such as 49";

/** Without quotes YAML reads 49, and +49 as well, as a number. */
const country = z
  .union([z.int().min(1).max(999), z.string().regex(/^\+?[1-9]\d{0,2}$/)], COUNTRY)
  .transform((code) => String(code).replace("+", ""))
  .describe("Calling code of a country, such as 49.");

const countryKey = z.string().regex(/^\+?[1-9]\d{0,2}$/, COUNTRY);

/** The bounds of SMS_SILENCE_MS. */
const silenceMs = whole(1_000, 600_000);

const sender = text("a name or number").min(1, "must not be empty").max(20, "must be at most 20 characters");

const routeList = z
  .array(routeId, "must be a list of routes")
  .min(1, "is empty: name at least one route, or leave the plan out")
  .max(20, "names more than 20 routes");

const route = z
  .strictObject({
    use: z
      .boolean("must be true or false")
      .default(true)
      .describe("false: nothing new goes there. What is on its way there still goes."),
    account: z
      .string("must be a name")
      .regex(/^[a-z][a-z0-9-]{0,39}$/, "must be 1 to 40 of a-z, 0-9 and -, a letter first")
      .optional()
      .describe("Routes of one account share its rate and its faults."),
    perSecond: z
      .number("must be a number")
      .min(0.1, "must be at least 0.1; to send nothing, say use: false")
      .max(1_000, "must be at most 1000")
      .optional()
      .describe("Contracted rate of the account, sends per second."),
    headroom: z
      .number("must be a share from 0 to 0.9, such as 0.25")
      .min(0, "must be at least 0")
      .max(0.9, "must be at most 0.9")
      .optional()
      .describe("Share of perSecond that is left to other programs."),
    maxWaitMs: whole(100, 600_000)
      .optional()
      .describe("Expected wait in its lane above which a code starts elsewhere."),
    silenceMs: silenceMs.optional().describe("Silence after an accept that moves on to the next route."),
    silenceMsByCountry: z
      .record(countryKey, silenceMs, "must map calling codes to ms")
      .optional()
      .describe("Another silence for some countries."),
    reports: z
      .enum(["push", "poll", "both"], "must be push, poll or both")
      .optional()
      .describe("How reports of this route reach us."),
    reach: z
      .number("must be a share above 0, at most 1")
      .min(0.01, "must be at least 0.01; a route that reaches nobody is left out by use: false")
      .max(1, "must be at most 1")
      .optional()
      .describe("Share of people that the route reaches."),
    maxPaid: whole(1, 10).optional().describe("Paid messages of one delivery on this route."),
    sender: sender.optional().describe("Name or number that recipients see."),
    senderByCountry: z
      .record(countryKey, sender, "must map calling codes to senders")
      .optional()
      .describe("Another sender for some countries."),
  })
  .describe("What is said here wins over the environment; what is left out stays as it is there.");

const plan = z
  .strictObject({
    client: z.string("must be the id of a client").min(1).max(80).optional(),
    country: z
      .union([country, z.array(country).min(1, "is an empty list").max(250)], COUNTRY)
      .transform((one) => (Array.isArray(one) ? one : [one]))
      .optional()
      .describe("One calling code or a list of them."),
    purpose: z.enum(["login", "enrolment", "test"], "must be login, enrolment or test").optional(),
    routes: routeList,
  })
  .describe("Wished order of routes for a client, for countries, for a purpose or for any of them together.");

export const policyFileSchema = z
  .strictObject({
    $schema: z.string().optional(),
    routes: z.record(z.string(), route, "must map ids of routes to their rules").default({}),
    default: routeList.optional().describe("Wished order of routes where no plan fits."),
    plans: z.array(plan, "must be a list of plans").max(500).default([]),
    caps: z
      .strictObject({
        maxPaid: whole(1, 10).optional().describe("Paid messages of one delivery."),
        maxPaidPerRoute: whole(1, 10).optional().describe("The same on one route."),
      })
      .default({}),
    clients: z
      .record(
        z.string(),
        z.strictObject({
          mode: z
            .enum(["protect", "observe"], "must be protect or observe")
            .describe("observe: one route, no failover, but the timeline tells what it would have done."),
        }),
        "must map ids of clients to their mode",
      )
      .default({}),
  })
  .describe("The rules of an operator of otpost. See docs/policy.md.");

export type PolicyFile = z.output<typeof policyFileSchema>;
export type RouteEntry = PolicyFile["routes"][string];
