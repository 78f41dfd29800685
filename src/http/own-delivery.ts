import type { Context } from "hono";
import type { Client, Clock, Stored } from "../flows/ports.ts";
import type { ClientAuth } from "./auth.ts";
import { type Budget, createBudget } from "./budget.ts";
import { ApiError } from "./problem.ts";
import type { Trace } from "./route.ts";

/** What every call of the native API needs. */
export type DeliveryDeps = {
  clock: Clock;
  auth: ClientAuth;
  load: (id: string) => Promise<Stored | undefined>;
  /** Set while twins serve: answers say that nothing leaves the house. */
  sandbox: boolean;
};

/** Who calls, and what is left of the time that his request may wait for the store. */
export type Caller = { client: Client; budget: Budget };

/** @throws ApiError unauthorized or too_many_failures, StoreUnavailable */
export async function callerOf(deps: DeliveryDeps, c: Context, trace: Trace): Promise<Caller> {
  const budget = createBudget(deps.clock);
  const client = await deps.auth.bearer(c, budget);
  trace.clientId = client.id;
  return { client, budget };
}

const DELIVERY_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * The delivery that the path names. The same 404 for an unknown id and for another client's.
 * @throws ApiError not_found, StoreUnavailable
 */
export async function ownDelivery(
  deps: DeliveryDeps,
  c: Context,
  { client, budget }: Caller,
  trace: Trace,
): Promise<Stored> {
  const id = c.req.param("id") ?? "";
  const stored = await budget.spend(loadOwn(deps, client, id));
  if (!stored) throw new ApiError("not_found", "This client has no delivery with this id.");
  trace.deliveryId = id;
  return stored;
}

/** @returns undefined for an unknown id and for another client's @throws StoreUnavailable */
export async function loadOwn(
  deps: Pick<DeliveryDeps, "load">,
  client: Client,
  id: string,
): Promise<Stored | undefined> {
  const stored = DELIVERY_ID.test(id) ? await deps.load(id) : undefined;
  return stored?.delivery.clientId === client.id ? stored : undefined;
}
