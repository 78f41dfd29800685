import { afterEach, describe, expect, test } from "vitest";
import { listen } from "../../../../src/http/listen.ts";
import { createOperatorApp, type OperatorDeps } from "../../../../src/http/operator-app.tsx";
import { EMPTY_DESK, operatorListener } from "../../../support/operator-listener.ts";
import { eventually } from "../../../support/eventually.ts";
import { NOW } from "../bundle.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function aRunningConsole(more: Partial<OperatorDeps> = {}) {
  const listener = operatorListener(() => NOW);
  const app = createOperatorApp({ ...listener.deps, ...more });
  const { url, close } = await listen(app, { host: "127.0.0.1", port: 0, setting: "OPERATOR_PORT" });
  const shut = async () => (listener.deps.live.close(), close());
  closers.push(shut);
  const open = async (name = "viewer", headers: Record<string, string> = {}) => {
    const stop = new AbortController();
    const response = await fetch(`${url}/live/overview`, {
      headers: { authorization: `Bearer ${name}.secret`, ...headers },
      signal: stop.signal,
    });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    /** Everything that came, once it holds these words; or all of it when the stream ends. */
    const until = async (words: string): Promise<string> => {
      while (!text.includes(words)) {
        const { done, value } = await reader.read();
        if (done) return `${text}[end]`;
        text += value;
      }
      return text;
    };
    return { response, until, stop: () => stop.abort() };
  };
  return { ...listener, open, shut };
}

describe("a live region", () => {
  test("is sent when it has changed, in the language of who reads, and not otherwise", async () => {
    let waiting = 1;
    const facts = { route: "seven-sms", waitMs: 0 };
    const list = async () => [{ ...facts, waiting } as never];
    const { open } = await aRunningConsole({ desk: { ...EMPTY_DESK, list } });
    const stream = await open("viewer", { "accept-language": "de" });
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(stream.response.headers.get("cache-control")).toContain("no-store");
    const first = await stream.until("<td>1</td>");
    expect(first).toContain("event: swap\ndata: ");
    expect(first).toContain("<h2>Wege</h2>");
    waiting = 2;
    const second = await stream.until("<td>2</td>");
    expect(second.match(/event: swap/g)).toHaveLength(2);
    stream.stop();
  });

  test("ends with the token that opened it", async () => {
    const { open, roles } = await aRunningConsole();
    const stream = await open();
    await stream.until("event: swap");
    roles.delete("viewer");
    expect(await stream.until("event: over")).toContain("event: over");
    expect(await stream.until("nothing more")).toMatch(/\[end\]$/);
  });

  test("keeps nobody's listener from closing", async () => {
    const { open, shut } = await aRunningConsole();
    const streams = await Promise.all([open(), open(), open()]);
    for (const stream of streams) await stream.until("event: swap");
    const startedAt = performance.now();
    await shut();
    // The listener itself waits up to 10 s for what does not end.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    for (const stream of streams) expect(await stream.until("nothing more")).toMatch(/\[end\]$/);
  });

  test("is refused beyond a bound, and free again when one has left", async () => {
    const { open } = await aRunningConsole();
    const streams = await Promise.all(Array.from({ length: 12 }, () => open()));
    const thirteenth = await open();
    thirteenth.stop();
    expect([thirteenth.response.status, thirteenth.response.headers.get("retry-after")]).toEqual([503, "10"]);
    const other = await open("admin");
    expect(other.response.status).toBe(200);
    for (const stream of [...streams, other]) stream.stop();
    const status = await eventually(async () => {
      const again = await open();
      again.stop();
      if (again.response.status !== 200) throw new Error("still refused");
      return again.response.status;
    });
    expect(status).toBe(200);
  });
});
