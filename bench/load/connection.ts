import { once } from "node:events";
import { connect, type Socket } from "node:net";

/**
 * One kept-alive HTTP/1.1 connection, one request at a time. An HTTP client of full size would cost more CPU
 * than the servers that are measured, on the same cores; this one reads status and length and nothing else.
 */
export type Connection = {
  /** @param onReply gets the status when the whole answer is there; 0 when the connection broke */
  send: (request: string, onReply: (status: number) => void) => void;
  close: () => void;
};

export async function openConnection(url: URL): Promise<Connection> {
  const socket = connect(Number(url.port), url.hostname);
  socket.setNoDelay(true);
  await once(socket, "connect");
  return over(socket);
}

function over(socket: Socket): Connection {
  let reply: ((status: number) => void) | undefined;
  let received = "";
  const settle = (status: number) => {
    const settled = reply;
    reply = undefined;
    received = "";
    settled?.(status);
  };
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    received += chunk;
    const status = statusOfWhole(received);
    if (status !== undefined) settle(status);
  });
  socket.on("error", () => settle(0));
  socket.on("close", () => settle(0));
  return {
    send: (request, onReply) => {
      reply = onReply;
      if (socket.destroyed) settle(0);
      else socket.write(request, "latin1");
    },
    close: () => socket.destroy(),
  };
}

/** @returns undefined while the answer is incomplete @throws on an answer without a length */
export function statusOfWhole(received: string): number | undefined {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, headEnd))?.[1];
  if (length === undefined) throw new Error("The server under test sends answers without Content-Length");
  return received.length < headEnd + 4 + Number(length) ? undefined : Number(received.slice(9, 12));
}
