import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { type Straw, straw } from "./leak-scan.ts";

/** All of a Redis, or what a pattern names: names, raw dumps, and the values in plain, for a dump may be compressed. */
export async function redisStraws(client: Redis, pattern = "*"): Promise<Straw[]> {
  await client.bgsave();
  const straws = [straw("slow log", JSON.stringify(await client.call("SLOWLOG", "GET", "1000")))];
  for (const key of await client.keys(pattern)) {
    const dump = (await client.callBuffer("DUMP", key)) as Buffer | null;
    // A key that has just ended is no longer anywhere to be read.
    if (dump === null) continue;
    straws.push(straw("name of a key", key), straw(`DUMP of ${key}`, dump));
    straws.push(...(await plainValues(client, key)).map((value) => straw(`value of ${key}`, value)));
  }
  return straws;
}

/** Byte by byte, for seals and hashes are no text. */
async function plainValues(client: Redis, key: string): Promise<Buffer[]> {
  const type = await client.type(key);
  if (type === "stream") return [Buffer.from(JSON.stringify(await client.xrange(key, "-", "+")))];
  if (type === "hash") {
    const fields = Object.entries(await client.hgetallBuffer(key));
    return fields.flatMap(([field, value]) => [Buffer.from(field), value]);
  }
  if (type === "list") return client.lrangeBuffer(key, 0, -1);
  if (type === "zset") return client.zrangeBuffer(key, "0", "-1");
  if (type === "set") return client.smembersBuffer(key);
  return [(await client.getBuffer(key)) ?? Buffer.alloc(0)];
}

export function fileStraws(dir: string): Straw[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => existsSync(join(dir, name)) && statSync(join(dir, name)).isFile())
    .map((name) => straw(`file ${name}`, readFileSync(join(dir, name))));
}
