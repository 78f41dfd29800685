import { afterEach, expect, test } from "vitest";
import { endLeftovers, startProcess } from "../support/processes.ts";

afterEach(async () => expect(await endLeftovers()).toEqual([]));

test("--help explains every command on stdout", async () => {
  const run = await startProcess(["scripts/run.mjs", "--help"]);

  expect(await run.exited).toEqual({ code: 0, signal: null });
  for (const command of ["start", "demo", "test", "check", "bench", "drill"]) {
    expect(run.stdout()).toMatch(new RegExp(`^  ${command} `, "m"));
  }
  expect(run.stderr()).toBe("");
});

test.each([
  [["nonsense"], 'there is no command "nonsense"'],
  [[], "a command is missing"],
  [["toString"], "no command"],
])("%j is refused with the usage on stderr", async (args, reason) => {
  const run = await startProcess(["scripts/run.mjs", ...args]);

  expect((await run.exited).code).toBe(2);
  expect(run.stderr()).toContain(reason);
  expect(run.stderr()).toContain("Usage:");
  expect(run.stdout()).toBe("");
});

const FOREGROUND = new URL("../../scripts/foreground.mjs", import.meta.url).href;

/** Runs this program in the foreground of another process, as run.mjs does. */
function inForeground(program: string) {
  const code = `const { runInForeground } = await import(${JSON.stringify(FOREGROUND)});
    process.exitCode = await runInForeground(["-e", process.argv[1]]);`;
  return startProcess(["--input-type=module", "-e", code, program]);
}

const countsSignals = (drainMs: number) => `
  let count = 0;
  for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => {
    count += 1;
    setTimeout(() => { console.log("got", name, count); process.exit(7); }, ${drainMs});
  });
  setInterval(() => {}, 1000);
  console.log("up", process.pid);
`;

test("a Ctrl-C that arrives from several sides reaches the program once, and its exit code is ours", async () => {
  const outer = await inForeground(countsSignals(300));
  await outer.waitForLine("up");

  outer.kill("SIGINT");
  outer.kill("SIGTERM");
  outer.kill("SIGINT");

  expect((await outer.exited).code).toBe(7);
  expect(outer.stdout()).toMatch(/got SIG(INT|TERM) 1\n/);
});

test("a program ended by a signal gives 128 plus its number", async () => {
  const outer = await inForeground("process.kill(process.pid, 'SIGKILL')");

  expect((await outer.exited).code).toBe(137);
});

test("a program whose starter is killed outright is asked to drain, once", async () => {
  const outer = await inForeground(countsSignals(1_500));
  await outer.waitForLine("up");

  outer.kill("SIGKILL");

  await outer.waitForLine("got SIGTERM");
  await outer.exited;
  expect(outer.stdout()).toContain("got SIGTERM 1\n");
});
