import { buildConnector, type Dispatcher, Pool, ProxyAgent } from "undici";

/** Bound for TCP and TLS together. undici's coarse timer may add up to half a second. */
const CONNECT_MS = 2_000;

/** Above every lane's concurrency plus its look-ups: a call must not wait for a free connection. */
const CONNECTIONS = 128;

export type ConnectFault = "dns" | "connect" | "tls";

/**
 * No connection, so nothing was sent. It also replaces undici's own socket errors: after those undici
 * keeps connecting for ever on behalf of a call that has long ended.
 */
export class ConnectFailed extends Error {
  override readonly name = "ConnectFailed";
  readonly why: ConnectFault;

  constructor(why: ConnectFault) {
    super(`No connection: ${why}`);
    this.why = why;
  }
}

// Node's switch to skip certificate checks (NODE_TLS_REJECT_UNAUTHORIZED=0) has no effect here.
const TLS = { timeout: CONNECT_MS, rejectUnauthorized: true };

// The deadline of a call spans the whole exchange, so undici's timers per part are off.
const POOL = { connections: CONNECTIONS, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 };

/** Keep-alive connections to one origin, straight or through a proxy. Never follows a redirect. */
export function createDispatcher(origin: string, proxy: string | undefined): Dispatcher {
  if (proxy === undefined) return new Pool(origin, { ...POOL, connect: failing(buildConnector(TLS)) });
  return new ProxyAgent({
    ...POOL,
    uri: proxy,
    proxyTls: TLS,
    requestTls: TLS,
    // A proxy that never answers CONNECT would hold its socket for undici's five minutes.
    clientFactory: (url, options) => new Pool(url, { ...options, headersTimeout: CONNECT_MS }),
    factory: (url, options: Pool.Options) => new Pool(url, { ...options, connect: failing(options.connect) }),
  });
}

/** Any error of a connector means that no byte of a request has left. */
function failing(connect: Pool.Options["connect"]): buildConnector.connector {
  const connector = typeof connect === "function" ? connect : buildConnector(TLS);
  return (options, callback) =>
    connector(options, (...[error, socket]) =>
      error ? callback(new ConnectFailed(faultOf(error)), null) : callback(null, socket),
    );
}

function faultOf(error: Error & { code?: unknown }): ConnectFault {
  const code = typeof error.code === "string" ? error.code : "";
  if (code === "ENOTFOUND" || code.startsWith("EAI_")) return "dns";
  return /TLS|SSL|CERT|SIGNATURE|ISSUER/.test(code) ? "tls" : "connect";
}
