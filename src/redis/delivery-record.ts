import { z } from "zod";
import { attemptReference, type Delivery, type PlannedAttempt } from "../core/delivery.ts";
import { isMsisdn } from "../core/phone.ts";
import type { Content } from "../core/message.ts";
import type { Report } from "../core/report.ts";
import type { Secrets, Stored } from "../flows/ports.ts";
import type { Vault } from "../platform/secret.ts";
import { type KeptVault, withFreshKeys } from "./key-store.ts";

/** How deliveries and reports look inside Redis, and back. */

/**
 * What follows from the rest, or is nearly always the same, is left out: tens of thousands of these wait in
 * memory during a storm.
 */
export function toDoc(delivery: Delivery): string {
  const { skipped, attempts, next, purpose, ...rest } = delivery;
  return JSON.stringify({
    ...rest,
    purpose: unless(USUAL_PURPOSE, purpose),
    skipped: skipped.length === 0 ? undefined : skipped,
    attempts: attempts.length === 0 ? undefined : attempts.map((a) => shortened(rest, a)),
    next: next && { ...shortened(rest, next), ...startShortened(rest, attempts.length, next) },
  });
}

/** The first attempt on the wished route, at once: what waits in a storm. */
function startShortened({ plan }: Pick<Delivery, "plan">, attempts: number, next: PlannedAttempt) {
  const { number, route, plannedAt, notBefore } = next;
  return {
    number: unless(attempts + 1, number),
    route: unless(plan[0], route),
    notBefore: unless(plannedAt, notBefore),
  };
}

const USUAL_PURPOSE = "login";
const USUAL_WHY = "first";

function shortened<T extends Planned>({ id, createdAt }: Origin, planned: T) {
  const { reference, why, plannedAt } = planned;
  return {
    ...planned,
    reference: unless(attemptReference(id, planned.number), reference),
    why: unless(USUAL_WHY, why),
    plannedAt: unless(createdAt, plannedAt),
  };
}

/** What JSON leaves out when it is the usual. */
function unless<T>(usual: T, value: T): T | undefined {
  return value === usual ? undefined : value;
}

/**
 * Only our own scripts write records, under one version number, so the shape is not checked field by field
 * on the hot path; a damaged record fails here with its id at most.
 */
export function fromDoc(doc: string): Delivery {
  const value: unknown = JSON.parse(doc);
  if (!isRecord(value)) throw new Error("A delivery record is damaged");
  const { next, attempts = [], skipped = [], purpose = USUAL_PURPOSE, ...rest } = value;
  return {
    ...rest,
    purpose,
    skipped,
    attempts: attempts.map((a) => lengthened(rest, a)),
    ...(next ? { next: startLengthened(rest, attempts.length, next) } : {}),
  };
}

type Origin = Pick<Delivery, "id" | "createdAt">;
type Planned = Pick<PlannedAttempt, "number" | "reference" | "why" | "plannedAt">;
type StoredDelivery = Omit<Delivery, "skipped" | "attempts" | "purpose"> &
  Partial<Pick<Delivery, "skipped" | "attempts" | "purpose">>;

function lengthened<T extends Planned>({ id, createdAt }: Origin, planned: T): T {
  const reference = attemptReference(id, planned.number);
  const usual: Partial<Planned> = { reference, why: USUAL_WHY, plannedAt: createdAt };
  return { ...usual, ...planned };
}

function startLengthened(
  delivery: Origin & Pick<Delivery, "plan">,
  attempts: number,
  stored: PlannedAttempt,
): PlannedAttempt {
  const usual = { number: attempts + 1, route: delivery.plan[0] ?? "" };
  const next = lengthened(delivery, { ...usual, ...stored });
  return { ...next, notBefore: next.notBefore ?? next.plannedAt };
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
  isRefunded: z.literal(true).optional(),
});

/** @returns undefined for what no version of ours wrote */
export function parseReport(value: unknown): Report | undefined {
  const parsed = reportSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { status, said, providerMessageId, reference, reportedAt, isRefunded } = parsed.data;
  const report = { status, said, providerMessageId, reference, reportedAt };
  return isRefunded ? { ...report, isRefunded } : report;
}

/** Text and code; version 0.1.0 wrote them with their names. */
const contentSchema = z.union([
  z
    .tuple([z.string(), z.string().nullable()])
    .transform(([text, code]) => ({ text, code: code ?? undefined })),
  z.object({ code: z.string().optional(), text: z.string() }).transform(({ text, code }) => ({ text, code })),
]);

export function sealContent(vault: Vault, { text, code }: Content, context: string): Buffer {
  return vault.seal(JSON.stringify([text, code ?? null]), context);
}

/** What the seals are bound to: a sealed value does not open under another delivery or client. */
export function sealContext(delivery: Delivery): string {
  return `${delivery.id}|${delivery.clientId}|${delivery.expiresAt}`;
}

/** The record with its secrets. */
export async function loadedSecrets(
  vault: KeptVault,
  [version, doc, number, content]: readonly (Buffer | null)[],
): Promise<(Stored & { secrets: Secrets }) | undefined> {
  if (!doc || !number) return undefined;
  const delivery = fromDoc(doc.toString());
  const open = () => openSecrets(vault, delivery, number, content ?? null);
  return { delivery, version: Number(version), secrets: await withFreshKeys(vault, open) };
}

/** @throws when a sealed value was changed or moved; the error names neither number nor code */
function openSecrets(vault: Vault, delivery: Delivery, number: Buffer, content: Buffer | null): Secrets {
  const context = sealContext(delivery);
  const recipient = vault.open(number, context);
  if (!isMsisdn(recipient)) throw new Error(`The sealed recipient of ${delivery.id} is damaged`);
  if (content === null) return { recipient, content: undefined };
  return { recipient, content: contentSchema.parse(JSON.parse(vault.open(content, context))) };
}
