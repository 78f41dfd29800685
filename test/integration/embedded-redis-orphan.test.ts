import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { processIdentity } from "../../src/redis/embedded/process-identity.ts";
import { closeAll, connectTo, freshDir, startEmbedded } from "../support/embedded-redis.ts";
import { eventually } from "../support/eventually.ts";
import { endLeftovers, startProcess } from "../support/processes.ts";
import type { TestProcess } from "../support/processes.ts";

afterEach(async () => {
  await endLeftovers();
  await closeAll();
});

const KEYS = 20_000;

const OWNER = `
  const { startEmbeddedRedis } = await import(${JSON.stringify(new URL("../../src/redis/embedded/start.ts", import.meta.url).href)});
  const silent = () => undefined;
  const log = { info: silent, warn: silent, error: silent };
  try {
    const redis = await startEmbeddedRedis({ dataDir: process.argv[1], log });
    console.log("owner of", redis.pid(), redis.adopted);
    process.on("SIGTERM", () => void redis.close());
  } catch (error) {
    console.log("refused:", error.message);
  }
`;

/** A process of its own that runs an embedded Redis, as otpost does. */
function startOwner(dataDir: string): Promise<TestProcess> {
  return startProcess(["--import", "tsx", "--input-type=module", "-e", OWNER, dataDir]);
}

async function redisPidOf(owner: TestProcess): Promise<number> {
  return Number(/owner of (\d+)/.exec(await owner.waitForLine("owner of"))?.[1]);
}

async function orphan(dataDir: string): Promise<number> {
  const owner = await startOwner(dataDir);
  const pid = await redisPidOf(owner);
  owner.kill("SIGKILL");
  await owner.exited;
  expect(processIdentity(pid)).toBeDefined();
  return pid;
}

test.each([
  ["socket", "data"],
  ["port", "d".repeat(100)],
])(
  "the server of a killed otpost is adopted at its %s, watched, restarted and closed",
  async (_kind, name) => {
    const dataDir = freshDir(name);
    const pid = await orphan(dataDir);

    const { redis, events } = await startEmbedded({ dataDir });

    expect([redis.adopted, redis.pid()]).toEqual([true, pid]);
    const client = connectTo(redis);
    await client.set("kept", "yes");
    process.kill(pid, "SIGKILL");
    await eventually(() => expect(events.at(-1)?.kind).toBe("restarted"));
    expect(await client.get("kept")).toBe("yes");
    await redis.close();
    const last = events.findLast((event) => event.kind === "restarted");
    expect(processIdentity(last!.pid)).toBeUndefined();
  },
);

test("an adopted server is ended by close", async () => {
  const dataDir = freshDir("data");
  const pid = await orphan(dataDir);
  const { redis } = await startEmbedded({ dataDir });

  await redis.close();

  expect(processIdentity(pid)).toBeUndefined();
});

async function loadingOrphan(dataDir: string): Promise<number> {
  const { redis } = await startEmbedded({ dataDir });
  const pipeline = connectTo(redis).pipeline();
  for (let n = 0; n < KEYS; n += 1) pipeline.set(`key-${n}`, "x");
  await pipeline.exec();
  await redis.close();
  return slowlyLoadingOrphan(dataDir);
}

test("an orphan is adopted while it still loads its data", async () => {
  const dataDir = freshDir("data");
  const pid = await loadingOrphan(dataDir);

  const { redis, events } = await startEmbedded({ dataDir });

  expect([redis.adopted, redis.pid()]).toEqual([true, pid]);
  expect(events.map(({ kind }) => kind)).toEqual(["loading", "started"]);
  expect(await connectTo(redis).dbsize()).toBe(KEYS);
});

test("a start that waits on loading can be called off, and leaves no server and no lock", async () => {
  const dataDir = freshDir("data");
  const pid = await loadingOrphan(dataDir);
  const calledOff = new AbortController();
  const onEvent = () => calledOff.abort(new Error("called off"));

  await expect(startEmbedded({ dataDir, signal: calledOff.signal, onEvent })).rejects.toThrow("called off");

  expect(processIdentity(pid)).toBeUndefined();
  const { redis } = await startEmbedded({ dataDir });
  expect(await connectTo(redis).dbsize()).toBe(KEYS);
});

/** The same server with Redis' own switch that makes it rest after each key it loads. */
async function slowlyLoadingOrphan(dataDir: string): Promise<number> {
  const config = readFileSync(join(dataDir, "redis.conf"), "utf8");
  const slow = join(dataDir, "slow.conf");
  writeFileSync(slow, `${config}key-load-delay 150\n`, {
    mode: 0o600,
  });
  const launcher = await startProcess([
    "-e",
    `const { spawn } = require("node:child_process");
     const child = spawn("redis-server", [process.argv[1]], { detached: true, stdio: "ignore" });
     console.log("pid", child.pid); child.unref();`,
    slow,
  ]);
  const pid = Number((await launcher.waitForLine("pid")).split(" ")[1]);
  await launcher.exited;
  const state = {
    address: { kind: "socket", path: join(dataDir, "redis.sock") },
    pid,
    identity: processIdentity(pid),
  };
  writeFileSync(join(dataDir, "redis-state.json"), JSON.stringify(state));
  return pid;
}

test("an orphan whose socket file is gone is ended before another server opens its files", async () => {
  const dataDir = freshDir("data");
  const pid = await orphan(dataDir);
  renameSync(join(dataDir, "redis.sock"), join(dataDir, "moved.sock"));

  const { redis } = await startEmbedded({ dataDir, orphanWaitMs: 300 });

  expect(redis.adopted).toBe(false);
  expect(processIdentity(pid)).toBeUndefined();
});

test("a frozen orphan is ended before another server opens its files", async () => {
  const dataDir = freshDir("data");
  const pid = await orphan(dataDir);
  process.kill(pid, "SIGSTOP");

  const { redis } = await startEmbedded({ dataDir, orphanWaitMs: 300 });

  expect(redis.adopted).toBe(false);
  expect(processIdentity(pid)).toBeUndefined();
});

test("an orphan that knows another password is refused, not doubled", async () => {
  const dataDir = freshDir("data");
  const pid = await orphan(dataDir);
  rmSync(join(dataDir, "redis-password"));

  await expect(startEmbedded({ dataDir })).rejects.toThrow(/another password/);

  expect(processIdentity(pid)).toBeDefined();
});

test("a directory in use by a living otpost is refused, by name and pid", async () => {
  const dataDir = freshDir("data");
  const { redis } = await startEmbedded({ dataDir });

  const second = await startOwner(dataDir);

  const line = await second.waitForLine("refused");
  expect(line).toContain(dataDir);
  expect(line).toContain(`pid ${process.pid}`);
  await expect(startEmbedded({ dataDir })).rejects.toThrow(/in use by a running otpost/);
  expect(await connectTo(redis).ping()).toBe("PONG");
});

test.each([
  ["an empty directory", false],
  ["a directory whose owner was killed", true],
])("of many that start at once on %s exactly one wins", async (_name, stale) => {
  const dataDir = freshDir("data");
  const left = stale ? await orphan(dataDir) : undefined;

  const owners = await Promise.all(Array.from({ length: 4 }, () => startOwner(dataDir)));

  const lines = await Promise.all(
    owners.map((owner) => owner.waitForLine(/^(owner of|refused)/, { timeoutMs: 25_000 })),
  );
  expect(lines.filter((line) => line.startsWith("owner of"))).toHaveLength(1);
  expect(lines.filter((line) => /in use by a running otpost/.test(line))).toHaveLength(3);
  if (left !== undefined) expect(lines).toContain(`owner of ${left} true`);
  for (const owner of owners) owner.kill("SIGTERM");
  await Promise.all(owners.map(({ exited }) => exited));
});

test("a lock left by a process whose pid another one has by now is stale", async () => {
  const dataDir = freshDir("data");
  const { redis: first } = await startEmbedded({ dataDir });
  await first.close();
  writeFileSync(join(dataDir, "otpost.lock.9"), JSON.stringify({ pid: process.pid, identity: "earlier/1" }));

  const { redis } = await startEmbedded({ dataDir });

  expect(await connectTo(redis).ping()).toBe("PONG");
});
