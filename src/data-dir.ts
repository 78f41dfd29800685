import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newSecret } from "./platform/secret.ts";

/** The files of an installation that are not Redis'. All are readable by their owner only. */
export type DataDir = {
  path: string;
  /** The secret of this name, made on first use. */
  secret: (name: "master.key" | "operator.token") => string;
  /** Master keys that were replaced, newest first. */
  readOldMasterKeys: () => string[];
  /** Makes a new master key and keeps the present one as the newest old one. */
  replaceMasterKey: () => void;
  /** @returns whether there were any */
  dropOldMasterKeys: () => boolean;
  /** API key of the client that `otpost up` made for itself; undefined before. */
  readClientKey: () => string | undefined;
  writeClientKey: (key: string) => void;
};

export function openDataDir(path: string): DataDir {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const clientKey = join(path, "client.key");
  const [masterKey, oldMasterKeys] = [join(path, "master.key"), join(path, "master.key.old")];
  const old = () => read(oldMasterKeys)?.split("\n") ?? [];
  return {
    path,
    secret: (name) => read(join(path, name)) ?? create(join(path, name), newSecret()),
    readOldMasterKeys: old,
    replaceMasterKey: () => {
      const present = read(masterKey) ?? create(masterKey, newSecret());
      // In this order, a crash in between leaves the present key named twice, not lost.
      replace(oldMasterKeys, [present, ...old().filter((key) => key !== present)].join("\n"));
      replace(masterKey, newSecret());
    },
    dropOldMasterKeys: () => {
      const hadSome = old().length > 0;
      rmSync(oldMasterKeys, { force: true });
      return hadSome;
    },
    readClientKey: () => read(clientKey),
    writeClientKey: (key) => writeFileSync(clientKey, `${key}\n`, { mode: 0o600 }),
  };
}

function read(file: string): string | undefined {
  const text = readIfThere(file);
  // An empty key would be a key that everybody knows.
  if (text === "")
    throw new Error(`${file} is empty; delete it to have a new one made, or put the old one back`);
  return text;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Never half written, whenever the process dies. */
function replace(file: string, value: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${value}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

/** Written whole before it has its name; of two processes that start at once, the second reads the first one's. */
function create(file: string, value: string): string {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${value}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return value;
  } catch (error) {
    const existing = read(file);
    if (existing === undefined) throw error;
    return existing;
  } finally {
    rmSync(draft, { force: true });
  }
}
