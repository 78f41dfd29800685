import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { createScreen } from "../../../../src/demo/race/screen.ts";
import { aStanding } from "./build.ts";

function aStream(look: { isTTY: boolean; columns?: number; rows?: number }) {
  const stream = Object.assign(new PassThrough(), look);
  let written = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    written += text;
  });
  return { stream: stream as unknown as NodeJS.WriteStream, written: () => written };
}

describe("without a terminal", () => {
  test.each([
    ["a pipe", { isTTY: false }, {}],
    ["a terminal without a cursor", { isTTY: true }, { TERM: "dumb" }],
  ])("%s gets a line every 5 s and the last one", (_what, look, env) => {
    const { stream, written } = aStream(look);
    const screen = createScreen({ stream, env });
    for (const atMs of [0, 250, 4_900, 5_000, 9_000, 9_500]) screen.show(aStanding({ atMs }));
    screen.close();
    screen.close();
    const lines = written().trimEnd().split("\n");
    expect(lines.map((line) => line.split(",")[0])).toEqual(["0 s", "5 s", "10 s"]);
    expect(written()).not.toContain("\u001B");
  });
});

describe("on a terminal", () => {
  const TTY = { isTTY: true, columns: 80, rows: 24 };

  test("every frame is drawn over the one before, and the last one stays", () => {
    const { stream, written } = aStream(TTY);
    const screen = createScreen({ stream, env: { NO_COLOR: "1" } });
    screen.show(aStanding({ atMs: 1_000 }));
    screen.show(aStanding({ atMs: 2_000 }));
    screen.close();
    const parts = written().split("\u001B[H");
    expect(parts[0]).toBe("\u001B[?1049h\u001B[?25l");
    expect(parts).toHaveLength(3);
    const left = written().split("\u001B[?1049l\u001B[?25h");
    expect(left).toHaveLength(2);
    expect(left[1]).toMatch(/^otpost race {3}2 of 60 s/);
    expect(written()).not.toContain("[31m");
  });

  test("colours are used unless NO_COLOR says no", () => {
    const { stream, written } = aStream(TTY);
    const screen = createScreen({ stream, env: {} });
    screen.show(aStanding());
    screen.close();
    expect(written()).toContain("\u001B[31m");
  });

  test("a new size is drawn at once, and nothing after the end", () => {
    const { stream, written } = aStream(TTY);
    const screen = createScreen({ stream, env: {} });
    screen.show(aStanding());
    stream.columns = 40;
    stream.emit("resize");
    expect(written().split("\u001B[H")).toHaveLength(3);
    const before = process.listenerCount("exit");
    screen.close();
    const closed = written();
    stream.emit("resize");
    screen.show(aStanding());
    expect(written()).toBe(closed);
    expect(process.listenerCount("exit")).toBe(before - 1);
  });
});
