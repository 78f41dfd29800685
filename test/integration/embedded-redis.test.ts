import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import { closeAll, closeLater, connectTo, freshDir, startEmbedded } from "../support/embedded-redis.ts";

afterEach(closeAll);

function modeOf(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}

describe("a fresh start", () => {
  test("answers with the settings that were promised", async () => {
    const { redis } = await startEmbedded({ dataDir: freshDir("data") });
    const client = connectTo(redis);
    const get = async (name: string) => (await client.config("GET", name))[1];

    expect(await client.ping()).toBe("PONG");
    expect(redis.adopted).toBe(false);
    expect(await get("appendonly")).toBe("yes");
    expect(await get("appendfsync")).toBe("everysec");
    expect(await get("maxmemory-policy")).toBe("noeviction");
    expect(Number(await get("maxmemory"))).toBeGreaterThan(0);
    expect(await get("hash-max-listpack-value")).toBe("1024");
    expect(await get("lazyfree-lazy-user-del")).toBe("yes");
    expect(await get("latency-monitor-threshold")).toBe("20");
    expect(await get("save")).toBe("");
    expect(await get("port")).toBe("0");
  });

  test("keeps its files to itself", async () => {
    const dataDir = freshDir("data");
    const { redis } = await startEmbedded({ dataDir });

    expect(modeOf(dataDir)).toBe("700");
    expect(modeOf(join(dataDir, "redis"))).toBe("700");
    expect(modeOf(redis.address)).toBe("700");
    for (const file of ["redis.conf", "redis-password", "redis-state.json", "redis.log", "otpost.lock.1"]) {
      expect([file, modeOf(join(dataDir, file))]).toEqual([file, "600"]);
    }
  });

  test("shows its password neither in the process list, nor in a log, nor to a caller without it", async () => {
    const dataDir = freshDir("data");
    const { redis, written } = await startEmbedded({ dataDir });
    const { password } = redis.options;
    const environment = readFileSync(`/proc/${redis.pid()}/environ`, "utf8");

    expect(password).toMatch(/^[0-9a-f]{64}$/);
    expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(password);
    expect(environment).not.toContain(password);
    expect(written.join("\n")).toContain("redis.started");
    expect(written.join("\n") + redis.address).not.toContain(password);
    expect(readFileSync(join(dataDir, "redis.log"), "utf8")).not.toContain(password);
    const stranger = new Redis(redis.address, {
      lazyConnect: true,
      enableReadyCheck: false,
      retryStrategy: () => null,
    });
    closeLater(async () => stranger.disconnect());
    stranger.on("error", () => undefined);
    await expect(stranger.get("any")).rejects.toThrow(/NOAUTH/);
  });

  test("takes a directory whose name holds spaces, quotes and letters beyond ASCII", async () => {
    const dataDir = freshDir(`of "Jörg's" \\ own`);
    const { redis } = await startEmbedded({ dataDir });

    expect((await connectTo(redis).config("GET", "dir"))[1]).toBe(join(dataDir, "redis"));
  });

  test("listens on a loopback port where the socket path would be too long", async () => {
    const { redis } = await startEmbedded({ dataDir: freshDir("d".repeat(100)) });

    expect(redis.address).toMatch(/^127\.0\.0\.1:\d+$/);
    const client = connectTo(redis);
    expect(await client.ping()).toBe("PONG");
    expect((await client.config("GET", "bind"))[1]).toBe("127.0.0.1");
  });

  test("without a server program says what to type", async () => {
    const missing = startEmbedded({ dataDir: freshDir(), search: { path: "", places: [] } });

    await expect(missing).rejects.toThrow(/No redis-server or valkey-server was found\. Install .*REDIS_URL/);
  });

  test("refuses a server that is too old", async () => {
    const bin = freshDir();
    writeFileSync(join(bin, "redis-server"), "#!/bin/sh\necho 'Redis server v=5.0.14 sha=0'\n", {
      mode: 0o755,
    });

    const old = startEmbedded({ dataDir: freshDir("data"), search: { path: bin, places: [] } });

    await expect(old).rejects.toThrow(/version 5\.0; otpost needs Redis 6\.2/);
  });

  test("tells the server's last words when it cannot start, and gives the directory free", async () => {
    const dataDir = freshDir("data");
    const bin = freshDir();
    const script =
      "#!/bin/sh\n[ \"$1\" = --version ] && echo 'Redis server v=7.0.0' || echo 'the disk is on fire'\n";
    writeFileSync(join(bin, "redis-server"), script, { mode: 0o755 });

    await expect(startEmbedded({ dataDir, search: { path: bin, places: [] } })).rejects.toThrow(
      /the disk is on fire/,
    );
    const { redis } = await startEmbedded({ dataDir });
    expect(redis.pid()).toBeGreaterThan(0);
  });
});

describe("what lies in the directory already", () => {
  test("a socket file that nobody listens on is replaced", async () => {
    const dataDir = freshDir();
    const socket = join(dataDir, "redis.sock");
    const leave = `require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ["-e", leave, socket]);
    expect(statSync(socket).isSocket()).toBe(true);

    const { redis } = await startEmbedded({ dataDir });

    expect(redis.address).toBe(socket);
    expect(await connectTo(redis).ping()).toBe("PONG");
  });

  test("a socket on which another program listens is left alone", async () => {
    const dataDir = freshDir();
    const server = createServer((socket) => socket.end("-ERR unknown command\r\n")).listen(
      join(dataDir, "redis.sock"),
    );
    await once(server, "listening");
    closeLater(async () => server.close());

    await expect(startEmbedded({ dataDir, orphanWaitMs: 0 })).rejects.toThrow(/Stop it/);
  });

  test("damaged state, lock and password files do not hinder a start", async () => {
    const dataDir = freshDir();
    for (const file of ["redis-state.json", "otpost.lock.7", "redis-password"])
      writeFileSync(join(dataDir, file), "{");

    const { redis } = await startEmbedded({ dataDir });

    expect(await connectTo(redis).ping()).toBe("PONG");
  });
});
