import { BlockList, isIP, isIPv4 } from "node:net";

/**
 * What Nextcloud takes for local and refuses unless `allow_local_remote_servers` is set. Source: nextcloud/server,
 * HostnameClassifier and IpAddressClassifier (PHP's private and reserved ranges, and some more).
 */
const LOCAL_ENDINGS = ["local", "localhost", "intranet", "internal", "private", "corp", "home", "lan"];

const V4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["240.0.0.0", 4],
] as const;

const V6 = [
  ["::1", 128],
  ["64:ff9b:1::", 48],
  ["fc00::", 7],
  ["fe80::", 10],
] as const;

/** IPv6 forms that end in an IPv4 address: compatible, and translated by NAT64. The mapped one Node reads itself. */
const WRAPPERS = ["::", "64:ff9b::"];

const local = new BlockList();
for (const [network, bits] of V4) {
  local.addSubnet(network, bits, "ipv4");
  for (const wrapper of WRAPPERS) local.addSubnet(wrapper + network, 96 + bits, "ipv6");
}
for (const [network, bits] of V6) local.addSubnet(network, bits, "ipv6");

/** @param host of a URL, IPv6 without its brackets */
export function hostKind(host: string): "address" | "no dot" | "local ending" | "name" {
  const name = host.replace(/\.$/, "");
  if (isIP(name) !== 0) return "address";
  if (!name.includes(".")) return "no dot";
  return LOCAL_ENDINGS.includes(name.slice(name.lastIndexOf(".") + 1)) ? "local ending" : "name";
}

export function isLocalAddress(address: string): boolean {
  return local.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}
