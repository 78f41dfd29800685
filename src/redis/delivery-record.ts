import { z } from "zod";
import { attemptReference, type Delivery } from "../core/delivery.ts";
import { isMsisdn } from "../core/phone.ts";
import type { Report } from "../core/report.ts";
import type { Secrets } from "../flows/ports.ts";
import type { Vault } from "../platform/secret.ts";

/** How deliveries and reports look inside Redis, and back. */

/** What follows from the rest is left out: tens of thousands of these wait in memory during a storm. */
export function toDoc(delivery: Delivery): string {
  const { skipped, attempts, next, ...rest } = delivery;
  return JSON.stringify({
    ...rest,
    ...(skipped.length === 0 ? {} : { skipped }),
    ...(attempts.length === 0 ? {} : { attempts: attempts.map((a) => withoutReference(rest.id, a)) }),
    ...(next ? { next: withoutReference(rest.id, next) } : {}),
  });
}

function withoutReference<T extends Planned>(id: string, planned: T): Partial<T> {
  const { reference, ...rest } = planned;
  return reference === attemptReference(id, planned.number) ? (rest as Partial<T>) : planned;
}

/**
 * Only our own scripts write records, under one version number, so the shape is not checked field by field
 * on the hot path; a damaged record fails here with its id at most.
 */
export function fromDoc(doc: string): Delivery {
  const value: unknown = JSON.parse(doc);
  if (!isRecord(value)) throw new Error("A delivery record is damaged");
  const { next, attempts = [], skipped = [], ...rest } = value;
  return {
    ...rest,
    skipped,
    attempts: attempts.map((a) => withReference(rest.id, a)),
    ...(next ? { next: withReference(rest.id, next) } : {}),
  };
}

type Planned = { number: number; reference: string };
type StoredDelivery = Omit<Delivery, "skipped" | "attempts"> &
  Partial<Pick<Delivery, "skipped" | "attempts">>;

function withReference<T extends Planned>(id: string, planned: T): T {
  return { ...planned, reference: planned.reference ?? attemptReference(id, planned.number) };
}

function isRecord(value: unknown): value is StoredDelivery {
  return typeof value === "object" && value !== null && "id" in value && "plan" in value && "state" in value;
}

const reportSchema = z.object({
  status: z.enum(["accepted", "transmitted", "buffered", "undelivered", "delivered", "unknown"]),
  said: z.string().max(40),
  providerMessageId: z.string().max(128).optional(),
  reference: z.string().max(128).optional(),
  reportedAt: z.number().optional(),
});

/** @returns undefined for what no version of ours wrote */
export function parseReport(value: unknown): Report | undefined {
  const parsed = reportSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { status, said, providerMessageId, reference, reportedAt } = parsed.data;
  return { status, said, providerMessageId, reference, reportedAt };
}

const contentSchema = z.object({ code: z.string().optional(), text: z.string() });

/** What the seals are bound to: a sealed value does not open under another delivery or client. */
export function sealContext(delivery: Delivery): string {
  return `${delivery.id}|${delivery.clientId}|${delivery.expiresAt}`;
}

/** @throws when a sealed value was changed or moved; the error names neither number nor code */
export function openSecrets(
  vault: Vault,
  delivery: Delivery,
  number: string,
  content: string | null,
): Secrets {
  const context = sealContext(delivery);
  const recipient = vault.open(number, context);
  if (!isMsisdn(recipient)) throw new Error(`The sealed recipient of ${delivery.id} is damaged`);
  if (content === null) return { recipient, content: undefined };
  const { code, text } = contentSchema.parse(JSON.parse(vault.open(content, context)));
  return { recipient, content: { code, text } };
}
