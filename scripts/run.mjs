import { nodeComplaint } from "./node-version.mjs";
import { Refusal, say } from "./say.mjs";

const HELP = `Usage: node scripts/run.mjs <command> [-- arguments]

Brings a fresh clone to the point where the command can run (packages, Redis, build), then runs it.

  start   the whole service on this machine: intake, workers, console, and twins without a provider key
  demo    starts the service, sends codes through it and shows their timelines;
          demo race: a direct sender and otpost side by side while seven fails
  test    all tests but the browser and the long ones; arguments go to vitest
  check   format, lint, types, dead code, unit and property tests; --static leaves the tests out
  bench   measured figures as a table and JSON
  drill   a scripted run against the twins, by name

REDIS_URL set: that Redis is used and none is installed.
`;

const CLI = "dist/src/cli/main.js";

/** What each command needs before it runs; the modules load late, so that an old Node still gets its message. */
const COMMANDS = {
  start: { redis: true, build: true, args: async (rest) => [CLI, "up", ...rest] },
  demo: { redis: true, build: true, args: async (rest) => [CLI, "demo", ...rest] },
  drill: { redis: true, build: true, args: async (rest) => [CLI, "drill", ...rest] },
  bench: { redis: true, build: true, args: async (rest) => ["dist/bench/main.js", ...rest] },
  test: { redis: true, build: true, args: testArgs },
  check: { redis: false, build: false },
};

async function testArgs(rest) {
  const { vitest } = await import("./check.mjs");
  return [...vitest("unit", "property", "integration", "e2e", "fault"), ...rest];
}

async function main([name, ...rest]) {
  const command = Object.hasOwn(COMMANDS, name ?? "") ? COMMANDS[name] : undefined;
  if (command === undefined) return usage(name);
  await prepare(command);
  if (command.args === undefined) return runCheck(rest);
  const { runInForeground } = await import("./foreground.mjs");
  return runInForeground(await command.args(rest[0] === "--" ? rest.slice(1) : rest));
}

async function runCheck(rest) {
  const { check, checkSteps } = await import("./check.mjs");
  const [option] = rest[0] === "--" ? rest.slice(1) : rest;
  if (option !== undefined && option !== "--static") return usage(`check ${option}`);
  return check(checkSteps(undefined, option === undefined));
}

function usage(name) {
  const asked = name === "--help" || name === "-h";
  if (!asked) say(name === undefined ? "a command is missing" : `there is no command "${name}"`);
  (asked ? process.stdout : process.stderr).write(HELP);
  return asked ? 0 : 2;
}

async function prepare({ redis, build }) {
  await (await import("./install.mjs")).ensurePackages();
  if (redis && !process.env["REDIS_URL"]) await (await import("./redis.mjs")).ensureRedis();
  if (build) await (await import("./build.mjs")).ensureBuild();
}

const complaint = nodeComplaint(process.version);
if (complaint !== undefined) {
  say(complaint);
  process.exitCode = 1;
} else {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
