import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { Agent, buildConnector, type Dispatcher, Pool, ProxyAgent } from "undici";

/** Bound for TCP and TLS together. undici's coarse timer may add up to half a second. */
const CONNECT_MS = 2_000;

/** Above every lane's concurrency plus its look-ups: a call must not wait for a free connection. */
const CONNECTIONS = 128;

/** Connections to one of many origins that this process calls at their owners' wish. */
const CONNECTIONS_EACH = 8;

/** `forbidden`: the place lies where calls must not go. */
export type ConnectFault = "dns" | "connect" | "tls" | "forbidden";

/** Code of an error by which a resolver forbids a place. */
export const FORBIDDEN = "EFORBIDDEN";

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

/** @throws an error with the code FORBIDDEN for a place that must not be called */
export type ResolvePlace = (host: string) => Promise<readonly LookupAddress[]>;

/**
 * Keep-alive connections to any origin, each to an address that `resolve` gave for this very connection: a name that
 * leads elsewhere a moment later changes nothing.
 */
export function createPinnedDispatcher(resolve: ResolvePlace): Dispatcher {
  return new Agent({ ...POOL, connections: CONNECTIONS_EACH, connect: failing(pinned(resolve)) });
}

function pinned(resolve: ResolvePlace): buildConnector.connector {
  return (options, callback) => {
    void connectPinned(resolve, options, callback);
  };
}

async function connectPinned(
  resolve: ResolvePlace,
  ...[options, callback]: Parameters<buildConnector.connector>
): Promise<void> {
  let addresses: readonly LookupAddress[];
  try {
    addresses = await resolve(options.hostname);
  } catch (error) {
    return callback(error instanceof Error ? error : new Error("unresolved"), null);
  }
  buildConnector({ ...TLS, lookup: always(addresses) })(options, callback);
}

/** Node asks for all addresses or for one, by its own settings. An address instead of a name is never looked up. */
function always(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, done) => {
    const [first] = addresses;
    if (options.all || !first) done(null, [...addresses]);
    else done(null, first.address, first.family);
  };
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
  if (code === FORBIDDEN) return "forbidden";
  if (code === "ENOTFOUND" || code.startsWith("EAI_")) return "dns";
  return /TLS|SSL|CERT|SIGNATURE|ISSUER/.test(code) ? "tls" : "connect";
}
