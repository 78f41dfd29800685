import { createServer, type IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type CountingProxy = {
  url: string;
  /** Path, query and instant (monotonic ms) of every request. */
  requests: { path: string; at: number }[];
  /** Answers come so much later. */
  delayMs: number;
  close: () => Promise<void>;
};

/** Stands before a twin and writes down what it is asked. */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    proxy.requests.push({ path, at: performance.now() });
    const answered = async () => {
      const { method = "GET" } = request;
      const body = method === "GET" ? null : await bodyOf(request);
      const answer = await fetch(target + path, { method, headers: headersOf(request), body });
      const text = await answer.text();
      await sleep(proxy.delayMs);
      response
        .writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" })
        .end(text);
    };
    answered().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy: CountingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    delayMs: 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

function headersOf({ headers }: IncomingMessage): [string, string][] {
  const kept = ["accept", "content-type", "x-api-key"];
  return kept.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]]));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk as string;
  return text;
}
