import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";

export type Listening = {
  /** Where the listener is reached from this machine. */
  url: string;
  /** Takes no new requests, lets the running ones finish, ends idle connections at once. */
  close: () => Promise<void>;
};

export type ListenOptions = {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Name of the setting that holds the port, for the error that tells what to change. */
  setting: string;
};

/** Node's own defaults, 60 s and 300 s, let a few hundred slow sockets hold a server. */
const SERVER_OPTIONS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  /** Longer than the 60 s that proxies commonly keep an idle connection. */
  keepAliveTimeout: 65_000,
  /** How often the two limits above are looked at; Node's 30 s would make them ten times as long. */
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8 * 1024,
};
const CONNECTIONS_MAX = 10_000;

/** Requests end within 10 s by the limits above; what is left then is cut. */
const DRAIN_MS = 10_000;
const IDLE_CHECK_MS = 50;

/** @throws a sentence that says what to do when the port is not to be had */
export async function listen(app: Pick<Hono, "fetch">, options: ListenOptions): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions: SERVER_OPTIONS }) as Server;
  server.maxConnections = CONNECTIONS_MAX;
  const connections = openConnections(server);
  await bound(server, options);
  const { port } = server.address() as AddressInfo;
  return { url: `http://${reachable(options.host)}:${port}`, close: () => drained(server, connections) };
}

/** Node reports a taken port as an event, not by the call. */
function bound(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      reject(new Error(whatToDo(error.code, options), { cause: error }));
    };
    server.once("error", failed);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off("error", failed);
      resolve();
    });
  });
}

function whatToDo(code = "unknown", { host, port, setting }: ListenOptions): string {
  if (code === "EADDRINUSE") return `Port ${port} is taken by another program: set ${setting} to a free one`;
  if (code === "EACCES") return `This user may not open port ${port}: set ${setting} to one above 1023`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return `${host} is not an address of this machine`;
  return `Cannot listen on ${host}, port ${port} (${code})`;
}

/** An address that can be clicked: 0.0.0.0 is a place to listen, not to go to. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

function openConnections(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  return open;
}

/** Browsers open connections in advance. Node does not count them as idle before their first request. */
function closeUnused(connections: ReadonlySet<Socket>): void {
  for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
}

function drained(server: Server, connections: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    // A connection becomes idle only after its last answer, so one sweep would miss the busy ones.
    const sweep = setInterval(() => {
      server.closeIdleConnections();
      closeUnused(connections);
    }, IDLE_CHECK_MS);
    const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
