import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Check, Finding } from "../finding.ts";
import type { World } from "./world.ts";

/** Files that open everything else, or let somebody in. */
const SECRETS = [
  "master.key",
  "master.key.old",
  "operator.token",
  "client.key",
  "redis-password",
  "redis.conf",
];
/** Rights of others than the owner. */
const OTHERS = 0o077;

const MB = 1_048_576;
const SPACE_WARN_MB = 1_024;
const SPACE_FAIL_MB = 200;

export function dataDirCheck(dir: string, { uid, freeBytes }: Pick<World, "uid" | "freeBytes">): Check {
  return {
    name: "data-dir",
    run: async () => {
      const path = resolve(dir);
      const there = await stat(path).catch(() => undefined);
      if (!there) return [{ level: "ok", what: `${path} does not exist yet: the first start makes it` }];
      const found = [
        ...(await open(path, there.mode)),
        ...(await owned(path, there.uid, uid)),
        ...space(path, await freeBytes(path)),
      ];
      return found.length > 0 ? found : [{ level: "ok", what: `${path} is private and has space` }];
    },
  };
}

async function open(path: string, mode: number): Promise<Finding[]> {
  const files = await Promise.all(
    SECRETS.map(async (name) => {
      const found = await stat(join(path, name)).catch(() => undefined);
      return found && (found.mode & OTHERS) !== 0 ? [name] : [];
    }),
  );
  const names = files.flat();
  return [
    ...((mode & OTHERS) === 0
      ? []
      : [readable(path, `chmod 700 ${path}`, "Others can list it, and read what is not locked by itself.")]),
    ...(names.length === 0
      ? []
      : [
          readable(
            names.join(", "),
            `chmod 600 ${names.map((name) => join(path, name)).join(" ")}`,
            "Whoever reads it can open codes or let himself in.",
          ),
        ]),
  ];
}

function readable(what: string, todo: string, why: string): Finding {
  return { level: "fail", what: `${what} is open to other users of this machine`, why, todo };
}

async function owned(path: string, owner: number, uid: number | undefined): Promise<Finding[]> {
  const isWritable = await access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable) {
    const todo = `chown -R ${uid ?? "<user>"} ${path}`;
    return [{ level: "fail", what: `${path} cannot be written`, why: "otpost cannot start.", todo }];
  }
  // A look by root at the service's own directory is no fault.
  if (uid === undefined || uid === 0 || owner === uid) return [];
  return [
    {
      level: "warn",
      what: `${path} belongs to user ${owner}, and this is ${uid}`,
      why: "Files that this user makes there may not be readable for the service.",
      todo: `Run otpost as user ${owner}, or: chown -R ${uid} ${path}`,
    },
  ];
}

function space(path: string, free: number): Finding[] {
  const freeMb = Math.floor(free / MB);
  if (freeMb >= SPACE_WARN_MB) return [];
  return [
    {
      level: freeMb >= SPACE_FAIL_MB ? "warn" : "fail",
      what: `${freeMb} MB are free at ${path}`,
      why: "Without space Redis cannot save, and then takes no more codes.",
      todo: `Free space, or move DATA_DIR. What takes it: du -sh ${path}/*`,
    },
  ];
}
