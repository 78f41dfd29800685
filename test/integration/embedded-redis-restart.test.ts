import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { closeAll, connectTo, freshDir, startEmbedded } from "../support/embedded-redis.ts";
import { eventually } from "../support/eventually.ts";

afterEach(closeAll);

describe("keeping the data", () => {
  test("what was written is there after close and start", async () => {
    const dataDir = freshDir("data");
    const first = await startEmbedded({ dataDir });
    await connectTo(first.redis).set("kept", "yes");
    const pid = first.redis.pid()!;
    await first.redis.close();
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);

    const second = await startEmbedded({ dataDir });

    expect(await connectTo(second.redis).get("kept")).toBe("yes");
    expect(second.redis.options.password).toBe(first.redis.options.password);
    expect(readdirSync(dataDir).filter((name) => name.startsWith("otpost.lock"))).toEqual(["otpost.lock.2"]);
  });

  test.each([
    ["socket", "data"],
    ["port", "d".repeat(100)],
  ])("a server killed with -9 comes back at the same %s with its data", async (_kind, name) => {
    const { redis, events } = await startEmbedded({ dataDir: freshDir(name) });
    const client = connectTo(redis);
    await client.set("kept", "yes");
    const killed = redis.pid()!;

    process.kill(killed, "SIGKILL");

    await eventually(() => expect(events.at(-1)).toMatchObject({ kind: "restarted", restarts: 1 }));
    expect(events).toContainEqual({ kind: "died", pid: killed, code: null, signal: "SIGKILL" });
    expect(redis.pid()).not.toBe(killed);
    expect(await client.get("kept")).toBe("yes");
  });

  test("a server that cannot be restarted is tried again and again, and comes back when it can", async () => {
    const bin = freshDir();
    const real = execFileSync("sh", ["-c", "command -v redis-server || command -v valkey-server"], {
      encoding: "utf8",
    });
    const works = `#!/bin/sh\nexec ${real.trim()} "$@"\n`;
    writeFileSync(join(bin, "redis-server"), works, { mode: 0o755 });
    const { redis, events, written } = await startEmbedded({
      dataDir: freshDir("data"),
      search: { path: bin, places: [] },
    });

    writeFileSync(join(bin, "redis-server"), "#!/bin/sh\necho no space left\nexit 1\n");
    process.kill(redis.pid()!, "SIGKILL");
    await eventually(() => expect(events.filter(({ kind }) => kind === "restart_failed")).toHaveLength(2));
    expect(redis.pid()).toBeUndefined();
    expect(written.find((line) => line.includes("redis.restart_failed"))).toMatch(/"detail":"no space left"/);
    writeFileSync(join(bin, "redis-server"), works);

    await eventually(() => expect(events.at(-1)).toMatchObject({ kind: "restarted" }));
    expect(await connectTo(redis).ping()).toBe("PONG");
  });
});

describe("close", () => {
  test("may be called twice and ends the server also while it is frozen", async () => {
    const { redis, events } = await startEmbedded({ dataDir: freshDir("data"), stopWaitMs: 200 });
    const pid = redis.pid()!;
    process.kill(pid, "SIGSTOP");

    await Promise.all([redis.close(), redis.close()]);

    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    expect(events.filter(({ kind }) => kind === "stopped")).toEqual([{ kind: "stopped", killed: true }]);
  });

  test("right after the server died leaves none behind", async () => {
    const dataDir = freshDir("data");
    const { redis, events } = await startEmbedded({ dataDir });
    process.kill(redis.pid()!, "SIGKILL");
    await eventually(() => expect(events.at(-1)?.kind).toBe("died"), { everyMs: 1 });

    await redis.close();

    const left = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
    expect(left).not.toContain(dataDir);
  });
});
