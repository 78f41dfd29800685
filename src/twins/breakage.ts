import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";
import type { Breakage } from "./behaviour.ts";

/** Breaking a connection needs the socket, so the twins run on the node server only. */
export type TwinEnv = { Bindings: HttpBindings };
export type TwinContext = Context<TwinEnv>;

/** Longer than any honest answer by far; a client without a size cap would swallow all of it. */
const OVERSIZE_BYTES = 8 * 1_048_576;
/** Shorter than any idle timeout, so only a limit on the whole call ends it. */
const TRICKLE_GAP_MS = 200;
/** Long enough to be told apart from a client's own backoff, short enough to be waited for. */
const RETRY_AFTER_S = "2";
/** Starts like a success of either provider, so that only reading it to the end shows the cut. */
const CUT_JSON = '{"success":"100","ok":true,"result":{"request_';
/** What a load balancer in front of the provider would say, whatever the status. */
const HTML = "<html><head><title>Bad Gateway</title></head><body><h1>nginx</h1></body></html>";

/** Spoils an answer. It comes after the decision, so an accepted message stays accepted. */
export async function brokenAnswer(c: TwinContext, how: Breakage): Promise<Response> {
  switch (how) {
    case "hang":
      return hang(c);
    case "reset":
      c.env.incoming.socket.resetAndDestroy();
      return RESPONSE_ALREADY_SENT;
    case "trickle":
      return trickle(c);
    case "truncated":
      return truncate(c);
    case "oversize":
      return c.body("x".repeat(OVERSIZE_BYTES), 200, { "content-type": "application/json" });
    case "empty":
      return c.body("", 200);
    case "html-200":
      return c.html(HTML, 200);
    case "html-502":
      return c.html(HTML, 502);
    case "status-403":
      return c.html(HTML, 403);
    case "status-429":
      return c.text("Too Many Requests", 429, { "retry-after": RETRY_AFTER_S });
    case "status-500":
      return c.html(HTML, 500);
    case "status-503":
      return c.html(HTML, 503);
    case "redirect":
      return c.redirect("/moved", 302);
  }
}

/** Ends when the client gives up or the twin closes, so nothing is left behind. */
async function hang(c: TwinContext): Promise<Response> {
  const { outgoing } = c.env;
  if (!outgoing.destroyed) await new Promise((resolve) => outgoing.once("close", resolve));
  return RESPONSE_ALREADY_SENT;
}

/** Headers at once, then a blank every so often: beats a client that only limits idle time. */
async function trickle(c: TwinContext): Promise<Response> {
  const { outgoing } = c.env;
  outgoing.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => outgoing.write(" "), TRICKLE_GAP_MS);
  const answer = await hang(c);
  clearInterval(timer);
  return answer;
}

/** Promises 400 bytes, sends some, cuts the connection: only the length tells that it is not all. */
async function truncate(c: TwinContext): Promise<Response> {
  const { outgoing, incoming } = c.env;
  outgoing.writeHead(200, { "content-type": "application/json", "content-length": "400" });
  // Only a flushed half is a cut body; otherwise the client would see a plain reset.
  await new Promise((resolve) => outgoing.write(CUT_JSON, resolve));
  incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}
