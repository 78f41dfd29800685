import { Webhook } from "standardwebhooks";
import { RETRY_AFTER_MAX_MS } from "../core/endpoint.ts";
import type { EventPosted, PostEvent } from "../flows/notify-ports.ts";
import { retryAfterMs } from "../providers/answer-outcome.ts";
import { type Answer, type CallResult, createCaller } from "../providers/call.ts";
import { type ConnectFault, createDispatcher, createPinnedDispatcher } from "../providers/connection.ts";
import type { Guard } from "./guard.ts";

/** Events as signed HTTP posts. Source: standardwebhooks.com, specification 1.0.0. */

/** Whole exchange, looking up and connecting included. */
const TIMEOUT_MS = 5_000;
/** Nothing in an answer's body is looked at; this only lets a short one end in order, so that the connection lives on. */
const ANSWER_MAX_BYTES = 16_384;

export type EventPosterDeps = {
  guard: Guard;
  proxy: string | undefined;
  now: () => number;
  version: string;
};

export type EventPoster = { post: PostEvent; close: () => Promise<void> };

/** One post for each call. A redirect is a failure: it would lead past what was checked. */
export function createEventPoster(deps: EventPosterDeps): EventPoster {
  const straight = createPinnedDispatcher(deps.guard.resolve);
  const proxied = deps.proxy === undefined ? undefined : createDispatcher("", deps.proxy);
  return {
    post: async (endpoint, message, signal) => {
      // Settings may have changed since it was registered.
      const fault = deps.guard.fault(endpoint.url);
      if (fault !== undefined) return { kind: "failed", words: `not called: the address ${fault}` };
      const { origin, hostname, pathname, search } = new URL(endpoint.url);
      const byProxy = deps.guard.isListed(hostname) ? undefined : proxied;
      if (byProxy && (await leadsInside(deps.guard, hostname))) return refused("forbidden");
      const dispatcher = byProxy ?? straight;
      const caller = createCaller({
        baseUrl: origin,
        proxy: undefined,
        callTimeoutMs: TIMEOUT_MS,
        dispatcher,
      });
      const request = {
        method: "POST",
        path: pathname + search,
        ...signed(deps, endpoint, message),
      } as const;
      const result = await caller.call({ ...request, maxBytes: ANSWER_MAX_BYTES, ignoreBody: true }, signal);
      return signal.aborted && result.kind !== "answer" ? { kind: "aborted" } : posted(result, deps.now());
    },
    close: async () => void (await Promise.all([straight.destroy(), proxied?.destroy()])),
  };
}

/**
 * The proxy looks the name up by itself, so this only catches what leads inside for this machine as well; a name that
 * it does not know is left to the proxy's own rules.
 */
async function leadsInside({ resolve }: Guard, hostname: string): Promise<boolean> {
  try {
    await resolve(hostname.replace(/^\[(.*)\]$/, "$1"));
    return false;
  } catch (error) {
    return error instanceof Error && error.name === "ForbiddenPlace";
  }
}

function signed(
  { now, version }: EventPosterDeps,
  { secrets }: Parameters<PostEvent>[0],
  { id, body }: Parameters<PostEvent>[1],
) {
  const at = new Date(now());
  const headers = {
    "content-type": "application/json",
    "user-agent": `otpost/${version}`,
    // The same in every try, so that a receiver can tell a repeat.
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
    // One for each live secret: while one takes the place of another, a receiver may still have either.
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(" "),
  };
  return { headers, body };
}

function posted(result: CallResult, now: number): EventPosted {
  switch (result.kind) {
    case "answer":
      return answered(result, now);
    case "unsent":
      return result.why === "aborted" ? { kind: "aborted" } : refused(result.why);
    case "doubtful":
      return { kind: "failed", words: `no usable answer (${result.cause})` };
  }
}

function answered({ status, header }: Answer, now: number): EventPosted {
  if (status >= 200 && status <= 299) return { kind: "taken", status };
  if (status === 410) return { kind: "gone", status };
  const words =
    status >= 300 && status <= 399 ? `HTTP ${status}, a redirect, is not followed` : `HTTP ${status}`;
  return {
    kind: "failed",
    status,
    words,
    retryAfterMs: retryAfterMs(header("retry-after"), now, RETRY_AFTER_MAX_MS),
  };
}

const CONNECT_WORDS: Record<ConnectFault, string> = {
  dns: "the name was not found",
  connect: "nobody listens there, or too slowly",
  tls: "the certificate does not hold",
  forbidden:
    "the host leads to a private or reserved address; if it is meant, name it in EVENTS_ALLOW_PRIVATE",
};

function refused(why: ConnectFault): EventPosted {
  return { kind: "failed", words: `no connection: ${CONNECT_WORDS[why]}` };
}
