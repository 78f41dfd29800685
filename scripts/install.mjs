import { join } from "node:path";
import { runQuietly, tail } from "./command.mjs";
import { modifiedAt, ROOT } from "./files.mjs";
import { Refusal, say } from "./say.mjs";

/** Installs the packages of package-lock.json when they are missing or older than it. */
export async function ensurePackages(root = ROOT) {
  const reason = installReason(
    modifiedAt(join(root, "package-lock.json")),
    modifiedAt(join(root, "node_modules", ".package-lock.json")),
  );
  if (reason === undefined) return;
  say(`${reason}: installing the packages (npm ci --ignore-scripts)`);
  const [file, ...args] = npmCi(process.env["npm_execpath"]);
  const { code, output } = await runQuietly(file, args, { cwd: root });
  if (code !== 0) throw new Refusal(`npm ci failed:\n${tail(output)}`);
}

/** Why an install is due, or undefined. npm writes its hidden lockfile last, so its time is the install's. */
export function installReason(lockfileAt, installedAt) {
  if (installedAt === undefined) return "node_modules is missing";
  if (lockfileAt !== undefined && lockfileAt > installedAt) return "package-lock.json has changed";
  return undefined;
}

/**
 * The install command. Under npm its own copy is used, for the PATH may hold another one.
 * Dev dependencies are asked for by name: the build needs tsc, also where NODE_ENV=production hides them.
 */
export function npmCi(npmExecPath) {
  const npm = npmExecPath?.endsWith("npm-cli.js") ? [process.execPath, npmExecPath] : ["npm"];
  return [...npm, "ci", "--ignore-scripts", "--include=dev"];
}
