import type { Delivery } from "../core/delivery.ts";
import type { Msisdn } from "../core/phone.ts";
import { fromDoc } from "./delivery-record.ts";
import type { DeliveryStoreDeps } from "./delivery-store.ts";
import { reachable } from "./unavailable.ts";

/** A client's newest login to a number, if it lives. */
export async function newestLogin(
  { client, keys, vault }: DeliveryStoreDeps,
  clientId: string,
  recipient: Msisdn,
): Promise<string | undefined> {
  const sends = await reachable(() => client.get(keys.sends("login", vault.hash("recipient", recipient))));
  const entries = sends?.split("|")[1]?.split(" ") ?? [];
  const id = entries.find((entry) => entry.startsWith(`${clientId}:`))?.slice(clientId.length + 1);
  const doc = id === undefined ? null : await reachable(() => client.hget(keys.record(id), "doc"));
  const known = doc === null ? undefined : fromDoc(doc);
  return known?.clientId === clientId && isLiving(known.state) ? known.id : undefined;
}

/** A delivery that ended without an accept does not live: the same text is a new one. */
function isLiving(state: Delivery["state"]): boolean {
  return state !== "failed" && state !== "expired" && state !== "cancelled";
}
