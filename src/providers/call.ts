import type { Dispatcher } from "undici";
import { ConnectFailed, type ConnectFault, createDispatcher } from "./connection.ts";

/** Whole exchange: waiting for a connection, connecting, headers and body. */
const CALL_TIMEOUT_MS = 8_000;

/** No answer to one message is near this long. */
const ANSWER_MAX_BYTES = 65_536;

export type CallRequest = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path and query below the base URL. */
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** Longest body that is read; 64 KiB when left out. */
  maxBytes?: number;
  /** Only the status counts: a body that is too long or does not end is left, and is no fault. */
  ignoreBody?: true;
};

export type Answer = {
  kind: "answer";
  status: number;
  /** Name in lower case. */
  header: (name: string) => string | undefined;
  body: string;
};

/** What one HTTP call proves. Never holds an error's text: that may name the URL or quote the body. */
export type CallResult =
  | Answer
  /** Certain: no byte of the request left this process. */
  | { kind: "unsent"; why: ConnectFault | "aborted" }
  /** The request was handed to the socket; whether it arrived cannot be known. */
  | { kind: "doubtful"; cause: "timeout" | "reset" | "oversize" | "unreadable" };

export type Caller = {
  call: (request: CallRequest, signal: AbortSignal) => Promise<CallResult>;
  /** Ends what is in flight as doubtful. */
  close: () => Promise<void>;
};

type CallerOptions = {
  /** Origin and an optional path prefix, without a slash at its end. */
  baseUrl: string;
  proxy: string | undefined;
  callTimeoutMs?: number | undefined;
  /** Connections of somebody else, who closes them; `proxy` counts for nothing then. */
  dispatcher?: Dispatcher | undefined;
};

/** HTTP calls to one provider over kept-alive connections: one try each, no redirects. */
export function createCaller(options: CallerOptions): Caller {
  const { baseUrl, proxy, callTimeoutMs = CALL_TIMEOUT_MS } = options;
  const { origin, pathname } = new URL(baseUrl);
  const prefix = pathname === "/" ? "" : pathname;
  const dispatcher = options.dispatcher ?? createDispatcher(origin, proxy);
  return {
    call: ({ method, path, headers, body = null, maxBytes = ANSWER_MAX_BYTES, ignoreBody }, signal) => {
      if (signal.aborted) return Promise.resolve({ kind: "unsent", why: "aborted" });
      return new Promise((resolve) => {
        const exchange = createExchange({ maxBytes, ignoreBody }, (result) => {
          clearTimeout(timer);
          signal.removeEventListener("abort", onAbort);
          resolve(result);
        });
        const onAbort = () => exchange.giveUp("aborted");
        const timer = setTimeout(() => exchange.giveUp("connect"), callTimeoutMs);
        signal.addEventListener("abort", onAbort, { once: true });
        dispatcher.dispatch({ origin, method, path: prefix + path, headers, body }, exchange.handler);
      });
    },
    close: async () => {
      if (options.dispatcher === undefined) await dispatcher.destroy();
    },
  };
}

type Reading = { maxBytes: number; ignoreBody: true | undefined };

type Exchange = {
  handler: Dispatcher.DispatchHandler;
  /** Ends the call now; the reason only counts while nothing was sent. */
  giveUp: (why: "connect" | "aborted") => void;
};

/**
 * Reads one answer. The border between unsent and doubtful is `onRequestStart`: undici calls it right
 * before it writes to the socket, and an abort inside it prevents the write.
 */
function createExchange({ maxBytes, ignoreBody }: Reading, done: (result: CallResult) => void): Exchange {
  let controller: Dispatcher.DispatchController | undefined;
  let settled = false;
  let status = 0;
  let headers: Record<string, string | string[] | undefined> = {};
  let bytes = 0;
  const chunks: Buffer[] = [];
  const settle = (result: CallResult) => {
    if (settled) return;
    settled = true;
    done(result);
  };
  const giveUp = (result: CallResult) => {
    const isAnswered = ignoreBody && status > 0 && result.kind === "doubtful";
    settle(isAnswered ? answer(status, headers, []) : result);
    controller?.abort(new Error("given up"));
  };
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: (started) => {
      if (settled) started.abort(new Error("given up"));
      else controller = started;
    },
    onResponseStart: (_, code, fields) => {
      status = code;
      headers = fields;
    },
    onResponseData: (_, chunk) => {
      bytes += chunk.length;
      if (bytes > maxBytes) giveUp({ kind: "doubtful", cause: "oversize" });
      else chunks.push(chunk);
    },
    onResponseEnd: () => settle(answer(status, headers, chunks)),
    onResponseError: (_, error) => settle(controller ? doubtful(error) : unsent(error)),
  };
  const giveUpAs = (why: "connect" | "aborted") =>
    giveUp(controller ? { kind: "doubtful", cause: "timeout" } : { kind: "unsent", why });
  return { handler, giveUp: giveUpAs };
}

function answer(
  status: number,
  headers: Record<string, string | string[] | undefined>,
  chunks: readonly Buffer[],
): Answer {
  const header = (name: string) => {
    const value = headers[name];
    return typeof value === "string" ? value : value?.[0];
  };
  const [only] = chunks;
  const whole = chunks.length === 1 && only ? only : Buffer.concat(chunks);
  return { kind: "answer", status, header, body: whole.toString("utf8") };
}

function unsent(error: Error): CallResult {
  return { kind: "unsent", why: error instanceof ConnectFailed ? error.why : "connect" };
}

/** A reset of a kept-alive connection counts as well: that no answer began does not prove that nothing arrived. */
function doubtful(error: Error & { code?: unknown }): CallResult {
  const code = typeof error.code === "string" ? error.code : "";
  // undici gives its parser's errors no reliable code.
  if (error.name === "HTTPParserError") return { kind: "doubtful", cause: "unreadable" };
  if (code === "UND_ERR_HEADERS_OVERFLOW") return { kind: "doubtful", cause: "oversize" };
  return { kind: "doubtful", cause: code === "ETIMEDOUT" ? "timeout" : "reset" };
}
