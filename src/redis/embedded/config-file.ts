import type { ListenAddress, RedisFiles } from "./files.ts";

/** Megabytes an AOF may grow to before the first rewrite: each rewrite forks, and a start replays as much in a few seconds. */
const AOF_REWRITE_MB = 256;

export interface RedisSettings {
  files: RedisFiles;
  address: ListenAddress;
  password: string;
  version: readonly [major: number, minor: number];
  /** Bytes; writes fail beyond it (noeviction), long after the intake has begun to refuse. 0 = no limit. */
  maxMemoryBytes: number;
}

/**
 * The server's configuration. No RDB: the AOF holds every acknowledged write, a snapshot only older ones.
 * `everysec` loses at most about 1 s at a power loss and nothing at a kill. Source: redis.io, persistence.
 */
export function renderConfig({ files, address, password, version, maxMemoryBytes }: RedisSettings): string {
  const settings: [name: string, ...values: string[]][] = [
    ...listen(address),
    ["protected-mode", "yes"],
    ["requirepass", password],
    ["daemonize", "no"],
    ["supervised", "no"],
    ["pidfile", files.pid],
    ["dir", files.redisDir],
    ["databases", "1"],
    ["save", ""],
    ["appendonly", "yes"],
    ["appendfsync", "everysec"],
    ["no-appendfsync-on-rewrite", "no"],
    ["auto-aof-rewrite-min-size", `${AOF_REWRITE_MB}mb`],
    ["maxmemory", String(maxMemoryBytes)],
    ["maxmemory-policy", "noeviction"],
    // A finished job is a small hash; in a listpack it takes a third of the memory. Redis 6 has the older name.
    [version[0] < 7 ? "hash-max-ziplist-value" : "hash-max-listpack-value", "1024"],
    ["lazyfree-lazy-user-del", "yes"],
    ["latency-monitor-threshold", "20"],
    ["tcp-keepalive", "60"],
  ];
  return settings.map(([name, ...values]) => `${name} ${values.map(quote).join(" ")}\n`).join("");
}

function listen(address: ListenAddress): [string, string][] {
  switch (address.kind) {
    case "socket":
      return [
        ["port", "0"],
        ["unixsocket", address.path],
        ["unixsocketperm", "700"],
      ];
    case "port":
      return [
        ["bind", address.host],
        ["port", String(address.port)],
      ];
  }
}

/** A path may hold spaces, quotes and line ends. Source: redis, sdssplitargs: C-like escapes in double quotes. */
function quote(value: string): string {
  const escaped = value
    .replace(/["\\]/g, String.raw`\$&`)
    .replace(/\n/g, String.raw`\n`)
    .replace(/\r/g, String.raw`\r`);
  return `"${escaped}"`;
}
