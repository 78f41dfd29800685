import { z } from "zod";
import { CLIENT_EVENTS } from "../core/client-event.ts";
import { type DisabledWhy, type EndpointHealth, HEALTHY } from "../core/endpoint.ts";
import type { EventFailure } from "../flows/notify-ports.ts";
import type { Vault } from "../platform/secret.ts";

/** How endpoints look inside Redis. */

const secretSchema = z.object({
  id: z.string(),
  sealed: z.string(),
  createdAt: z.number(),
  /** Signs no longer after this; set when another one takes its place. */
  endsAt: z.number().optional(),
});

const WHYS = ["operator", "gone", "failing"] as const satisfies readonly DisabledWhy[];

const recordSchema = z.object({
  url: z.string(),
  /** Absent: all events. */
  only: z.array(z.enum(CLIENT_EVENTS)).optional(),
  /** Newest first. */
  secrets: z.array(secretSchema),
  createdAt: z.number(),
  disabled: z.object({ why: z.enum(WHYS), at: z.number() }).optional(),
});

export type EndpointRecord = z.infer<typeof recordSchema>;
export type EndpointSecret = z.infer<typeof secretSchema>;

const healthSchema: z.ZodType<EndpointHealth> = z.object({
  failures: z.number(),
  failingSince: z.number().exactOptional(),
  restUntil: z.number().exactOptional(),
  lastTakenAt: z.number().exactOptional(),
});

const failureSchema: z.ZodType<EventFailure> = z.object({
  at: z.number(),
  event: z.string(),
  status: z.number().exactOptional(),
  words: z.string(),
  tookMs: z.number(),
});

/** @returns undefined for what is absent or no version of ours wrote */
export function parseEndpoint(value: string | null | undefined): EndpointRecord | undefined {
  return recordSchema.safeParse(json(value)).data;
}

/** A damaged value must not silence an endpoint: it counts as one that nothing is known of. */
export function parseHealth(value: string | null | undefined): EndpointHealth {
  return healthSchema.safeParse(json(value)).data ?? HEALTHY;
}

export function parseFailures(values: readonly string[]): EventFailure[] {
  return values.flatMap((value) => failureSchema.safeParse(json(value)).data ?? []);
}

/** Those that sign now, newest first. */
export function liveSecrets({ secrets }: EndpointRecord, now: number): EndpointSecret[] {
  return secrets.filter(({ endsAt }) => endsAt === undefined || endsAt > now);
}

/** A sealed secret of one client does not open as another's. */
export function sealSecret(vault: Pick<Vault, "seal">, clientId: string, id: string, secret: string): string {
  return vault.seal(secret, contextOf(clientId, id)).toString("base64url");
}

export function openSecret(
  vault: Pick<Vault, "open">,
  clientId: string,
  { id, sealed }: Pick<EndpointSecret, "id" | "sealed">,
): string {
  return vault.open(Buffer.from(sealed, "base64url"), contextOf(clientId, id));
}

function contextOf(clientId: string, id: string): string {
  return `events ${clientId} ${id}`;
}

function json(value: string | null | undefined): unknown {
  try {
    return JSON.parse(value ?? "");
  } catch {
    return undefined;
  }
}
