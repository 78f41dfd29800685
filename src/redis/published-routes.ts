import type { Redis } from "ioredis";
import { z } from "zod";
import type { RouteSummary } from "../core/rules.ts";
import type { Keys } from "./keys.ts";
import { reachable } from "./unavailable.ts";

/**
 * The routes as the workers have them. A command beside a running service has its Redis, not always its settings:
 * `otpost up` sets keys of twins that nobody else knows.
 */
export type PublishedRoutes = { routes: RouteSummary[]; order: string[] };

const name = z.string().max(80);
const routeSchema: z.ZodType<RouteSummary> = z.object({
  id: name,
  channel: z.enum(["sms", "telegram", "sandbox"]),
  provider: name,
  account: name,
  perSecond: z.number(),
  maxWaitMs: z.number(),
  reach: z.number(),
});
const publishedSchema = z.object({ routes: z.array(routeSchema), order: z.array(name) });

export function publishRoutes(client: Redis, keys: Keys, published: PublishedRoutes): Promise<unknown> {
  // Parsed on the way in as well: only what the schema names is written.
  const value = JSON.stringify(publishedSchema.parse(published));
  return reachable(() => client.set(keys.publishedRoutes, value));
}

/** @returns undefined where no worker of this version has run yet */
export async function readPublishedRoutes(client: Redis, keys: Keys): Promise<PublishedRoutes | undefined> {
  const value = await reachable(() => client.get(keys.publishedRoutes));
  return value === null ? undefined : publishedSchema.safeParse(JSON.parse(value)).data;
}
