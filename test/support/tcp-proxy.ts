import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { closeLater } from "./service.ts";

/**
 * What the wire does. `refuse`: nobody listens. `blackhole`: taken, nothing passes. `reset`: cut as soon as
 * the caller has spoken. `lose-answer`: the call arrives, its answer is cut. `slow`: each chunk waits.
 */
export type ProxyMode = "pass" | "refuse" | "blackhole" | "reset" | "lose-answer" | "slow";

const SLOW_MS = 500;

export async function startTcpProxy(targetUrl: string) {
  const target = new URL(targetUrl);
  const open = new Set<Socket>();
  let mode: ProxyMode = "pass";
  let calls = 0;
  const onCaller = (caller: Socket): void => {
    calls += 1;
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [caller, upstream]) {
      open.add(socket);
      socket.on("error", () => undefined).on("close", () => open.delete(socket));
    }
    caller.on("close", () => upstream.destroy());
    upstream.on("close", () => mode !== "blackhole" && caller.end());
    caller.on("data", (chunk) => up(mode, chunk, caller, upstream));
    upstream.on("data", (chunk) => down(mode, chunk, caller));
  };
  let server = createServer(onCaller);
  const port = await listen(server, 0);
  const cut = () => open.forEach((socket) => socket.destroy());
  const stop = async () => {
    cut();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  closeLater(stop);
  return {
    url: `http://127.0.0.1:${port}`,
    calls: () => calls,
    /** Open connections are cut, so that the new mode holds for the next call. */
    setMode: async (next: ProxyMode): Promise<void> => {
      mode = next;
      cut();
      if (next === "refuse") return stop();
      if (server.listening) return;
      server = createServer(onCaller);
      await listen(server, port);
    },
  };
}

function up(mode: ProxyMode, chunk: Buffer, caller: Socket, upstream: Socket): void {
  switch (mode) {
    case "pass":
    case "lose-answer":
      return void upstream.write(chunk);
    case "slow":
      return void setTimeout(() => upstream.writable && upstream.write(chunk), SLOW_MS);
    case "reset":
      return void caller.resetAndDestroy();
    case "refuse":
    case "blackhole":
      return;
  }
}

function down(mode: ProxyMode, chunk: Buffer, caller: Socket): void {
  if (mode === "lose-answer") caller.resetAndDestroy();
  else if (mode === "slow") setTimeout(() => caller.writable && caller.write(chunk), SLOW_MS);
  else if (mode !== "blackhole") caller.write(chunk);
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
