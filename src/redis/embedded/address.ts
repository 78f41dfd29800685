import { once } from "node:events";
import { createServer } from "node:net";
import type { ListenAddress, RedisFiles } from "./files.ts";

/** Bytes of a socket path with its final zero. Source: unix(7), sun_path; the BSDs and macOS have 104. */
const SOCKET_PATH_BYTES = process.platform === "linux" ? 108 : 104;

/** A Unix socket where its path fits, for nobody else can reach it; else a free loopback port. */
export async function chooseAddress(files: RedisFiles): Promise<ListenAddress> {
  if (Buffer.byteLength(files.socket) < SOCKET_PATH_BYTES) return { kind: "socket", path: files.socket };
  return loopbackAddress();
}

/** A loopback port that is free at this moment. */
export async function loopbackAddress(): Promise<ListenAddress> {
  return { kind: "port", host: "127.0.0.1", port: await freePort() };
}

/** The address for people; it never holds the password. */
export function describeAddress(address: ListenAddress): string {
  return address.kind === "socket" ? address.path : `${address.host}:${address.port}`;
}

/** What ioredis needs to connect. */
export type RedisConnection = ({ path: string } | { host: string; port: number }) & { password: string };

export function connectionTo(address: ListenAddress, password: string): RedisConnection {
  return address.kind === "socket"
    ? { path: address.path, password }
    : { host: address.host, port: address.port, password };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  server.close();
  await once(server, "close");
  if (bound === null || typeof bound === "string") throw new Error("The system gave no free port.");
  return bound.port;
}
