import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export type Received = {
  at: number;
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
};

/** A webhook receiver. `answer` gives the status of the nth request (from 1); "never" leaves it open. */
export async function startReceiver(answer: (nth: number, got: Received) => number | "never" = () => 200) {
  const received: Received[] = [];
  const take = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method = "", url: path = "", headers } = incoming;
    const got = { at: Date.now(), method, path, headers, body: await text(incoming) };
    received.push(got);
    const status = answer(received.length, got);
    if (status !== "never") outgoing.writeHead(status).end();
  };
  const server = createServer((incoming, outgoing) => void take(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/reports/seven/token1?t=abc`;
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return { url, received, close };
}
