import { BlockList, isIP } from "node:net";
import type { Context } from "hono";

/** Where a request came from, in the form that limits are kept by. */
export type Source = (c: Context) => string;

/**
 * The caller's address. X-Forwarded-For is read from the right and only as far as our own proxies wrote it:
 * everything left of the first stranger is what that stranger claims.
 * @param trustedProxies addresses or networks such as 10.0.0.0/8
 * @throws when an entry is neither, so that a typing error does not silently trust nobody
 */
export function createSource(trustedProxies: readonly string[]): Source {
  const trusted = blockListOf(trustedProxies);
  return (c) => {
    const peer = plainAddress(peerOf(c));
    if (trustedProxies.length === 0 || !isTrusted(trusted, peer)) return network(peer);
    return network(firstStranger(trusted, c.req.header("x-forwarded-for"), peer));
  };
}

/** True when a proxy of ours says that the caller came over TLS. */
export function cameOverTls(c: Context, trustedProxies: readonly string[]): boolean {
  if (trustedProxies.length === 0) return false;
  const trusted = isTrusted(blockListOf(trustedProxies), plainAddress(peerOf(c)));
  return trusted && c.req.header("x-forwarded-proto")?.split(",").at(-1)?.trim() === "https";
}

function blockListOf(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", bits] = entry.split("/");
    const version = isIP(address);
    if (version === 0)
      throw new Error("TRUSTED_PROXIES takes addresses and networks such as 10.0.0.0/8 only");
    const family = version === 4 ? "ipv4" : "ipv6";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** The socket's own address as @hono/node-server hands it over; empty where there is no socket. */
function peerOf(c: Context): string {
  const env = c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined;
  return env?.incoming?.socket?.remoteAddress ?? "";
}

/** A socket that takes both families shows IPv4 callers as ::ffff:a.b.c.d. */
function plainAddress(address: string): string {
  return address.trim().replace(/^::ffff:(?=\d+\.)/i, "");
}

function isTrusted(list: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 4 ? "ipv4" : "ipv6");
}

/** Stops at anything that is no address: what a proxy of ours wrote always is one. */
function firstStranger(trusted: BlockList, forwarded: string | undefined, peer: string): string {
  const hops = (forwarded ?? "").split(",").map(plainAddress).toReversed();
  let last = peer;
  for (const hop of hops) {
    if (isIP(hop) === 0) return last;
    last = hop;
    if (!isTrusted(trusted, hop)) return hop;
  }
  return last;
}

/** One IPv6 customer holds a whole /64, so that is what counts as one source. */
function network(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail = ""] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const zeros = address.includes("::") ? Array(Math.max(0, 8 - left.length - right.length)).fill("0") : [];
  return [...left, ...zeros, ...right].slice(0, 4).join(":");
}
