import type { Context } from "hono";
import { json } from "../answer.ts";
import type { Asked } from "../operator-guard.ts";
import { readerOf } from "./reader.ts";

/** Server-sent events that swap regions of pages. Source: HTML standard, 9.2 Server-sent events. */

/** Open streams of one process: each costs a question to Redis every few seconds. */
const STREAMS_MAX = 200;
/** Of one operator: a browser holds six connections to a host, two browsers and some tabs are plenty. */
const STREAMS_OF_ONE_MAX = 12;
/** Proxies end what is silent for 30 to 60 s. */
const HEARTBEAT_MS = 15_000;
/** When the browser calls again after a stream broke off. */
const RETRY_MS = 3_000;
/** A reader that takes nothing for so long is not there any more. */
const STUCK_MS = 60_000;

export type LiveRegion = {
  /** How often the region is drawn anew, in ms; it is sent only when it changed. */
  everyMs: number;
  /** The content of the region, in the language of who asks. */
  draw: (c: Context) => Promise<{ toString: () => string }>;
};

export type LiveStreams = {
  /** The handler of a `/live/<region>` row. */
  region: (region: LiveRegion) => (c: Context, asked: Asked) => Response;
  /** Ends every stream at once, and refuses new ones. */
  close: () => void;
};

type Deps = { elapsed: () => number };

export function createLiveStreams(deps: Deps): LiveStreams {
  const open = new Map<AbortController, string>();
  let closed = false;
  return {
    region: (region) => {
      const draw = remembered(region, deps);
      return (c, asked) => {
        const { name } = asked.operator;
        const ofOne = [...open.values()].filter((one) => one === name).length;
        if (closed || open.size >= STREAMS_MAX || ofOne >= STREAMS_OF_ONE_MAX) return refusedStream();
        const end = new AbortController();
        open.set(end, name);
        const body = streamOf({ draw: () => draw(c), everyMs: region.everyMs, asked, deps, end }, () => {
          open.delete(end);
        });
        return new Response(body, { headers: HEADERS });
      };
    },
    close: () => {
      closed = true;
      for (const end of open.keys()) end.abort();
    },
  };
}

const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  // no-transform: a proxy that compresses would hold back what it has not enough of.
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
  "x-content-type-options": "nosniff",
};

/** The page stays as it is; its script asks again later. */
function refusedStream(): Response {
  return json(503, { code: "busy", detail: "Too many live pages are open." }, { "retry-after": "10" });
}

/** Everybody who reads alike shares one drawing. */
function remembered({ everyMs, draw }: LiveRegion, { elapsed }: Deps): (c: Context) => Promise<string> {
  const drawings = new Map<string, { at: number; html: Promise<string> }>();
  return (c) => {
    const { language, zone } = readerOf(c);
    const key = `${language} ${zone} ${c.get("operator").role}`;
    const known = drawings.get(key);
    if (known && elapsed() - known.at < everyMs / 2) return known.html;
    const html = draw(c).then(String);
    if (drawings.size > STREAMS_MAX) drawings.clear();
    drawings.set(key, { at: elapsed(), html });
    return html;
  };
}

type Work = { draw: () => Promise<string>; everyMs: number; asked: Asked; deps: Deps; end: AbortController };

function streamOf(work: Work, onEnd: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start: (controller) => {
      const write = (text: string) => controller.enqueue(encoder.encode(text));
      const isFull = () => (controller.desiredSize ?? 0) < 0;
      void run(work, write, isFull)
        .catch(() => undefined)
        .finally(() => {
          onEnd();
          closeQuietly(controller);
        });
    },
    cancel: () => work.end.abort(),
  });
}

/** Closing what the other side has closed throws. */
function closeQuietly(controller: ReadableStreamDefaultController<Uint8Array>): void {
  try {
    controller.close();
  } catch {
    // Gone already.
  }
}

async function run(
  { draw, everyMs, asked, deps, end }: Work,
  write: (text: string) => void,
  isFull: () => boolean,
): Promise<void> {
  write(`retry: ${RETRY_MS}\n\n`);
  let shown = "";
  let writtenAt = deps.elapsed();
  while (!end.signal.aborted) {
    // Whoever was logged out, or whose token was revoked, sees nothing new.
    if (!(await asked.holds().catch(() => true))) return write(event("over", ""));
    // What cannot be drawn now stays as it is.
    const html = await draw().catch(() => shown);
    const now = deps.elapsed();
    if (isFull()) {
      if (now - writtenAt > STUCK_MS) return;
    } else if (html !== shown || now - writtenAt >= HEARTBEAT_MS) {
      write(html === shown ? ": still here\n\n" : event("swap", html));
      [shown, writtenAt] = [html, now];
    }
    await pause(everyMs, end.signal);
  }
}

/** Each line of the data has a field of its own. */
function event(name: string, data: string): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}`);
  return `event: ${name}\n${lines.join("\n")}\n\n`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const ended = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", ended);
      resolve();
    }, ms);
    signal.addEventListener("abort", ended, { once: true });
  });
}
