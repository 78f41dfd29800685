import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { type Straw, straw } from "./leak-scan.ts";

/** All of a Redis: names, raw dumps, and the values in plain, for a dump may be compressed. */
export async function redisStraws(client: Redis): Promise<Straw[]> {
  await client.bgsave();
  const straws = [straw("slow log", JSON.stringify(await client.call("SLOWLOG", "GET", "1000")))];
  for (const key of await client.keys("*")) {
    const dump = (await client.callBuffer("DUMP", key)) as Buffer | null;
    // A key that has just ended is no longer anywhere to be read.
    if (dump === null) continue;
    straws.push(straw("name of a key", key), straw(`DUMP of ${key}`, dump));
    straws.push(straw(`value of ${key}`, JSON.stringify(await plainValue(client, key))));
  }
  return straws;
}

async function plainValue(client: Redis, key: string): Promise<unknown> {
  const type = await client.type(key);
  if (type === "stream") return client.xrange(key, "-", "+");
  if (type === "hash") return client.hgetall(key);
  if (type === "list") return client.lrange(key, 0, -1);
  if (type === "zset") return client.zrange(key, "0", "-1");
  if (type === "set") return client.smembers(key);
  return client.get(key);
}

export function fileStraws(dir: string): Straw[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => existsSync(join(dir, name)) && statSync(join(dir, name)).isFile())
    .map((name) => straw(`file ${name}`, readFileSync(join(dir, name))));
}
