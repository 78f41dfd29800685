import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";

/** How a provider may answer, honestly or not. */
export type Reply =
  | { kind: "answer"; status: number; body: string; headers?: Record<string, string> }
  /** Bytes as they stand, then the connection stays open. */
  | { kind: "raw"; bytes: string }
  | { kind: "hang" }
  | { kind: "late"; afterMs: number; answer: Reply }
  /** RST after the whole request was read. */
  | { kind: "reset" }
  /** Half of an announced body, then the end. */
  | { kind: "truncated"; body: string }
  /** Headers at once, then a byte now and then without end. */
  | { kind: "trickle" };

export type Received = { method: string; path: string; headers: Record<string, string>; body: string };

export type FaultyServer = {
  url: string;
  requests: Received[];
  /** Connections that brought a request and are still open. */
  open: () => number;
  reply: (reply: Reply | ((request: Received) => Reply)) => void;
  /** Settles when the nth request (from 1) has been read to its end. */
  received: (nth: number) => Promise<void>;
  close: () => Promise<void>;
};

/** HTTP by hand over node:net, so that any answer can be given, also ones no HTTP library would send. */
export async function startFaultyServer(first: Reply): Promise<FaultyServer> {
  let reply: Reply | ((request: Received) => Reply) = first;
  const requests: Received[] = [];
  const sockets = new Set<Socket>();
  const used = new Set<Socket>();
  const waiting: { nth: number; settle: () => void }[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      used.delete(socket);
    });
    readRequests(socket, (request) => {
      requests.push(request);
      used.add(socket);
      for (const { nth, settle } of waiting) if (requests.length >= nth) settle();
      write(socket, typeof reply === "function" ? reply(request) : reply);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    open: () => used.size,
    reply: (next) => {
      reply = next;
    },
    received: (nth) =>
      requests.length >= nth
        ? Promise.resolve()
        : new Promise((settle) => waiting.push({ nth, settle: () => settle() })),
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

function readRequests(socket: Socket, done: (request: Received) => void): void {
  let buffered = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    buffered += chunk;
    const end = buffered.indexOf("\r\n\r\n");
    if (end === -1) return;
    const [start = "", ...lines] = buffered.slice(0, end).split("\r\n");
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const length = Number(headers["content-length"] ?? 0);
    const body = buffered.slice(end + 4, end + 4 + length);
    if (body.length < length) return;
    buffered = buffered.slice(end + 4 + length);
    const [method = "", path = ""] = start.split(" ");
    done({ method, path, headers, body: Buffer.from(body, "latin1").toString("utf8") });
  });
}

function write(socket: Socket, reply: Reply): void {
  switch (reply.kind) {
    case "answer":
      socket.write(headOf(reply.status, { ...reply.headers }, Buffer.byteLength(reply.body)) + reply.body);
      return;
    case "raw":
      socket.write(reply.bytes);
      return;
    case "hang":
      return;
    case "late": {
      const timer = setTimeout(() => write(socket, reply.answer), reply.afterMs);
      socket.once("close", () => clearTimeout(timer));
      return;
    }
    case "reset":
      socket.resetAndDestroy();
      return;
    case "truncated":
      socket.write(headOf(200, {}, 2 * Buffer.byteLength(reply.body) + 2) + reply.body);
      socket.end();
      return;
    case "trickle":
      socket.write(headOf(200, {}, 100_000));
      trickle(socket);
  }
}

function headOf(status: number, headers: Record<string, string>, length: number): string {
  const fields = { "content-type": "application/json", "content-length": String(length), ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} Said`, ...lines, "", ""].join("\r\n");
}

function trickle(socket: Socket): void {
  const timer = setInterval(() => socket.write(" "), 20);
  socket.once("close", () => clearInterval(timer));
}
