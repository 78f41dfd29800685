import { serveStatic } from "@hono/node-server/serve-static";
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { HonoAdapter } from "@bull-board/hono";
import { Hono } from "hono";
import { filteredAnswer } from "./queue-filter.ts";

/** A BullMQ queue as the board takes it; nothing else here knows BullMQ. */
export type BoardQueue = ConstructorParameters<typeof BullMQAdapter>[0];

export const QUEUES_PATH = "/queues";

/** The board's style sheets set inline styles; apart from those nothing inline and nothing remote. */
const BOARD_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "report-uri /csp-reports",
].join("; ");

/** Bull Board, for reading only, showing ids and states only. Mounted behind the operator's guard. */
export function createQueuesApp(queues: readonly BoardQueue[]): Hono {
  const board = new HonoAdapter(serveStatic);
  board.setBasePath(QUEUES_PATH);
  createBullBoard({
    queues: queues.map(readOnly),
    serverAdapter: board,
    options: {
      uiConfig: { boardTitle: "otpost queues", hideRedisDetails: true, hideDocsLink: true },
      handlerHooks: {
        before: ({ method }) => ({ allow: method === "get" }),
        after: (_context, result) => ({ ...result, body: filteredAnswer(result.body) as typeof result.body }),
      },
    },
  });
  return withOwnHeaders(board.registerPlugin());
}

/** Refused by the adapter as well as by the hook: either alone would do, and one of them may change. */
function readOnly(queue: BoardQueue): BullMQAdapter {
  const adapter = new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false });
  adapter.setFormatter("data", ({ deliveryId, attempt }: Record<string, unknown>) => ({
    deliveryId,
    attempt,
  }));
  adapter.setFormatter("returnValue", () => null);
  adapter.setFormatter("progress", () => 0);
  return adapter;
}

/** The board sets no headers of its own. Its scripts are named by content and may be kept, everything else not. */
function withOwnHeaders(plugin: Hono): Hono {
  const app = new Hono();
  app.use("*", async (c, next) => {
    await next();
    if (c.res.headers.get("content-type")?.startsWith("text/html")) {
      c.res = c.html(withoutRemoteFonts(await c.res.text()), { status: c.res.status as 200 });
    }
    c.header("content-security-policy", BOARD_CSP);
    c.header("x-content-type-options", "nosniff");
    c.header("referrer-policy", "no-referrer");
    if (!c.req.path.includes("/static/")) c.header("cache-control", "no-store");
  });
  app.route("/", plugin);
  return app;
}

/** The page as shipped loads a web font from elsewhere. Source: @bull-board/ui 9.10.1, dist/index.ejs. */
function withoutRemoteFonts(html: string): string {
  return html.replaceAll(/<link\b[^>]*\bhref="https?:[^>]*>/g, "");
}
