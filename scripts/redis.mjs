import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { runQuietly, tail } from "./command.mjs";
import { commandToType, consent, installPlan } from "./redis-packages.mjs";
import { disableService, withoutServiceStart } from "./redis-service.mjs";
import { Refusal, say } from "./say.mjs";

const BINARIES = ["redis-server", "valkey-server"];
/** Where package managers put it when the PATH of a service or a cron job is short. */
const PLACES = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin"];

/** Makes sure that a redis-server or valkey-server exists. One that is there is never touched. */
export async function ensureRedis() {
  if (BINARIES.some(isOnPath)) return;
  const plan = installPlan(isOnPath);
  if (plan === undefined) {
    throw new Refusal("no redis-server found: install Redis or Valkey 6.2 or newer, or set REDIS_URL.");
  }
  const root = process.getuid?.() === 0;
  const command = commandToType(plan, root);
  if (!(await agreed(consent({ plan, root, terminal: isTerminal() }), command))) {
    throw new Refusal(
      `no redis-server found. Install it with\n\n  ${command}\n\nor set REDIS_URL, then try again.`,
    );
  }
  await install(plan);
}

async function agreed(answer, command) {
  if (answer !== "ask") return answer === "install";
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // A Ctrl-C or the end of the input closes the prompt and leaves the question for ever unanswered.
  const closed = once(prompt, "close").then(() => "no");
  try {
    const question = prompt.question(`otpost: no redis-server found. Run "${command}" now? [Y/n] `);
    const typed = await Promise.race([question.catch(() => "no"), closed]);
    return /^(y(es)?)?$/i.test(typed.trim());
  } finally {
    prompt.close();
  }
}

async function install(plan) {
  say(`no redis-server found: installing it (${plan.steps.map((step) => step.join(" ")).join("; ")})`);
  const result = await withQuietServices(plan, async () => {
    const first = await runSteps(plan.steps);
    return first.code === 0 || plan.instead === undefined ? first : runSteps(plan.instead);
  });
  if (result.code !== 0) throw new Refusal(`installing Redis failed:\n${tail(result.output)}`);
  if (!BINARIES.some(isOnPath)) throw new Refusal("Redis was installed, yet no redis-server is on the PATH.");
  say("redis-server installed; no system service is running or enabled");
}

/** Homebrew starts nothing by itself, and its service list belongs to the user. */
async function withQuietServices(plan, steps) {
  if (!plan.needsRoot) return steps();
  const result = await (plan.manager === "apt-get" ? withoutServiceStart(steps) : steps());
  await disableService();
  return result;
}

async function runSteps(steps) {
  let result = { code: 0, output: "" };
  for (const [file, ...args] of steps) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    result = await runQuietly(file, args, { env });
    if (result.code !== 0) break;
  }
  return result;
}

function isTerminal() {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY);
}

function isOnPath(name) {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...PLACES];
  return folders.some((folder) => folder !== "" && isExecutable(join(folder, name)));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
