import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newSecret } from "./platform/secret.ts";

/** The files of an installation that are not Redis'. All are readable by their owner only. */
export type DataDir = {
  path: string;
  /** The secret of this name, made on first use. */
  secret: (name: "master.key" | "operator.token") => string;
  /** API key of the client that `otpost up` made for itself; undefined before. */
  readClientKey: () => string | undefined;
  writeClientKey: (key: string) => void;
};

export function openDataDir(path: string): DataDir {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const clientKey = join(path, "client.key");
  return {
    path,
    secret: (name) => read(join(path, name)) ?? create(join(path, name), newSecret()),
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
