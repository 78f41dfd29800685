import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config.ts";
import { type KeyRing, masterKeyId, parseKeyRing } from "../../redis/key-ring.ts";
import type { Check, Finding } from "../finding.ts";
import type { SharedLook } from "./redis-look.ts";

/** The master keys that a start would have, newest first. Unlike a start, this makes none. */
export function presentMasterKeys(config: Config): Buffer[] {
  const { MASTER_KEY, MASTER_KEY_OLD, DATA_DIR } = config;
  const kept = MASTER_KEY
    ? [MASTER_KEY]
    : ["master.key", "master.key.old"].flatMap((name) => keysIn(DATA_DIR, name));
  return [...kept, ...MASTER_KEY_OLD];
}

function keysIn(dir: string, name: string): Buffer[] {
  try {
    const lines = readFileSync(join(dir, name), "utf8").split("\n");
    return lines.flatMap((line) => (line.trim() === "" ? [] : [Buffer.from(line.trim(), "base64url")]));
  } catch {
    return [];
  }
}

export function masterKeyCheck(config: Config, { look }: Pick<SharedLook, "look">): Check {
  return {
    name: "master-key",
    run: async () => {
      const ids = presentMasterKeys(config).map(masterKeyId);
      const redis = await look();
      if ("away" in redis)
        return ids.length === 0 ? [] : [{ level: "ok", what: `there is one (${ids[0] ?? ""})` }];
      const text = await redis.client.get(redis.keys.keyRing);
      if (text === null)
        return [{ level: "ok", what: "nothing is sealed yet: the first start makes the keys" }];
      return [judged(parseKeyRing(text), ids)];
    },
  };
}

function judged({ wrappedBy }: KeyRing, [present, ...old]: readonly string[]): Finding {
  if (present === wrappedBy) return { level: "ok", what: `it opens what is in Redis (${wrappedBy})` };
  if (old.includes(wrappedBy)) {
    return {
      level: "warn",
      what: `Redis is still under the old master key ${wrappedBy}`,
      why: "It is read by way of MASTER_KEY_OLD. When that is taken out, nothing can be opened.",
      todo: "Finish the rotation: otpost keys rotate",
    };
  }
  const given = present === undefined ? "there is none here" : `this one is ${present}`;
  return {
    level: "fail",
    what: `Redis is under master key ${wrappedBy}, and ${given}`,
    why: "Clients, consents and living codes cannot be opened: otpost does not start.",
    todo: "Put the right one back into MASTER_KEY (or DATA_DIR/master.key); your copy of it lies apart from Redis.",
  };
}
