import { isIP } from "node:net";
import type { z } from "zod";

/** The entries of EVENTS_ALLOW_PRIVATE: names, addresses and networks. A fault names its entry by place only. */
export function eventHosts(entries: readonly string[], context: z.RefinementCtx): string[] {
  for (const [index, entry] of entries.entries()) {
    if (!isHost(entry) && !isNetwork(entry)) {
      context.addIssue(`entry ${index + 1} must be a host name, an address or a network such as 10.0.0.0/8`);
    }
  }
  return [...entries];
}

function isHost(text: string): boolean {
  const isAddressLike = /^[\d.]+$/.test(text);
  return !isAddressLike && /^(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*$/.test(text);
}

function isNetwork(text: string): boolean {
  const [address = "", bits, more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more !== undefined || address.includes("%")) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
