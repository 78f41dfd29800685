import { BlockList, isIPv4, isIPv6 } from "node:net";

/**
 * Where a call that somebody else asked for must not go. Source: IANA, special-purpose address registries of IPv4 and
 * IPv6, read 2026; the metadata services of Alibaba (100.100.100.200), AWS (fd00:ec2::254) and Oracle (192.0.0.192)
 * lie within, Azure's (168.63.129.16) is named.
 */

type Network = readonly [network: string, bits: number];

/** Somebody's own machines and networks. Whoever names a host in EVENTS_ALLOW_PRIVATE may mean these. */
const INSIDE_V4: readonly Network[] = [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
];
const INSIDE_V6: readonly Network[] = [["fc00::", 7]];
const LOOPBACK_V6 = "::1";

/** No server of a client is here: only a network that is named itself lets these through. */
const NEVER_V4: readonly Network[] = [
  ["0.0.0.0", 8],
  ["100.100.100.200", 32],
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
const NEVER_V6: readonly Network[] = [
  ["::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["3fff::", 20],
  ["5f00::", 16],
  ["fd00:ec2::254", 128],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
];

/** IPv6 forms that carry an IPv4 address in their last 32 bits: mapped, and translated by NAT64. */
const WRAPPERS = ["::ffff:", "64:ff9b::"];

const inside = blockList(INSIDE_V4, INSIDE_V6);
const never = blockList(NEVER_V4, NEVER_V6);
inside.addAddress(LOOPBACK_V6, "ipv6");
// It lies among the compatible addresses, which are out of use.
const loopback = new BlockList();
loopback.addAddress(LOOPBACK_V6, "ipv6");
// 6to4 carries an IPv4 address in its second and third word, which may be a private one: all of it is out.
never.addSubnet("2002::", 16, "ipv6");

function blockList(v4: readonly Network[], v6: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const [network, bits] of v4) {
    list.addSubnet(network, bits, "ipv4");
    for (const wrapper of WRAPPERS) list.addSubnet(wrapper + network, 96 + bits, "ipv6");
  }
  for (const [network, bits] of v6) list.addSubnet(network, bits, "ipv6");
  return list;
}

export type AddressKind = "public" | "inside" | "never";

/** What cannot be read as an address is never called. */
export function addressKind(address: string): AddressKind {
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  if (family === "ipv6" && !isIPv6(address)) return "never";
  if (never.check(address, family) && !loopback.check(address, family)) return "never";
  return inside.check(address, family) ? "inside" : "public";
}
