import { hash } from "node:crypto";
import { z } from "zod";
import type { Client } from "../flows/ports.ts";

/** Version 0.1.0 knew no lists. */
const consentSchema = z.object({
  by: z.string(),
  at: z.number(),
  scope: z.enum(["all", "list"]).default("all"),
  /** The last number that was added to a list by itself: who vouches for the list stays as it was. */
  added: z.object({ by: z.string(), at: z.number() }).optional(),
});

const limitsSchema = z.object({
  perDay: z.number().optional(),
  spendMicros: z.number().optional(),
  countries: z.array(z.string()).optional(),
  allowOther: z.boolean().optional(),
  fixedLine: z.boolean().optional(),
});

/** A client as it is stored: who it is, and the hashes of the keys it may use. */
export const clientRecordSchema = z.object({
  id: z.string(),
  name: z.string(),
  region: z.string().optional(),
  consents: z.record(z.string(), consentSchema),
  limits: limitsSchema.optional(),
  createdAt: z.number(),
  /** Keys by which requests are signed, sealed, oldest first. Version 0.1.0 knew none. */
  signing: z
    .array(
      z.object({
        scheme: z.enum(["zitadel", "supabase"]),
        id: z.string(),
        sealed: z.string(),
        createdAt: z.number(),
      }),
    )
    .optional(),
  keys: z.array(
    z.object({ id: z.string(), hash: z.string(), createdAt: z.number(), expiresAt: z.number().optional() }),
  ),
});

export type ClientRecord = z.infer<typeof clientRecordSchema>;

export function parseClientRecord(value: string): ClientRecord {
  return clientRecordSchema.parse(JSON.parse(value));
}

/** A 256-bit random secret needs no slow hash: nobody can guess it. */
export function hashSecret(secret: string): string {
  return hash("sha256", secret, "base64url");
}

export function toClient({ id, name, region, consents, limits }: ClientRecord): Client {
  return { id, name, region, consents, limits };
}
