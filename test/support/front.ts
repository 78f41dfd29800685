import { once } from "node:events";
import {
  createServer as createPlainServer,
  type IncomingMessage,
  request,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificate } from "./certificate.ts";

export type Front = { port: number; close: () => Promise<void> };

/** What a proxy may do to a request before it hands it on; true when it answered by itself. */
export type Meddling = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

/** The proxy that an operator puts in front of otpost, over TLS where it has a certificate. */
export async function startFront(
  upstream: string,
  certificate: Certificate | undefined,
  meddle: Meddling = () => false,
): Promise<Front> {
  const listener: RequestListener = (incoming, response) => {
    void (async () => {
      if (await meddle(incoming, response)) return;
      const { method, headers, url = "/" } = incoming;
      const { hostname, port } = new URL(upstream);
      const call = request(
        { host: hostname, port, path: url, method: method ?? "GET", headers },
        (answer) => {
          const { connection: _ours, ...kept } = answer.headers;
          response.writeHead(answer.statusCode ?? 502, kept);
          answer.pipe(response);
        },
      );
      call.on("error", () => response.destroy());
      incoming.pipe(call);
    })();
  };
  const server: Server = certificate ? createTlsServer(certificate, listener) : createPlainServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
