import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** The same lines as scripts/redis-packages.mjs, which runs before there is a dist/; a test compares the two. */
const COMMANDS: readonly [manager: string, needsRoot: boolean, parts: readonly string[]][] = [
  [
    "apt-get",
    true,
    ["apt-get update", "apt-get install -y redis-server", "systemctl disable --now redis-server"],
  ],
  ["apk", true, ["apk add redis"]],
  ["dnf", true, ["dnf install -y redis"]],
  ["brew", false, ["brew install redis"]],
];

/** The line that installs Redis on this system, or undefined when we know none. */
export function installCommand(has: (command: string) => boolean, root: boolean): string | undefined {
  const found = COMMANDS.find(([manager]) => has(manager));
  if (found === undefined) return undefined;
  const [, needsRoot, parts] = found;
  return parts.map((part) => (needsRoot && !root ? `sudo ${part}` : part)).join(" && ");
}

/** Package managers are looked for here whatever the PATH is: the hint matters most where the PATH is broken. */
const PLACES = ["/usr/bin", "/bin", "/sbin", "/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin"];

/** What to do on this system about a missing Redis, as a sentence. */
export function installHint(): string {
  const command = installCommand(
    (name) => PLACES.some((place) => isExecutable(join(place, name))),
    process.getuid?.() === 0,
  );
  const install =
    command === undefined ? "Install Redis or Valkey 6.2 or newer" : `Install it with: ${command}`;
  return `${install} — or set REDIS_URL to use a Redis of your own.`;
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
