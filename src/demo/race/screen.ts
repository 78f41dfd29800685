import { frame, type Look } from "./frame.ts";
import { standingLine } from "./line.ts";
import type { Standing } from "./standing.ts";

/** Where the race is watched. */
export type Screen = {
  show: (standing: Standing) => void;
  /** Leaves the terminal as it was, with the last frame on it. May be called twice. */
  close: () => void;
};

export type ScreenDeps = {
  stream: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
};

/** A terminal is drawn anew in place; pipes, logs and terminals that cannot move the cursor get lines. */
export function createScreen({ stream, env }: ScreenDeps): Screen {
  if (!stream.isTTY || env["TERM"] === "dumb") return createLines(stream);
  // Any value that is not empty. Source: no-color.org.
  return createDrawing(stream, !env["NO_COLOR"]);
}

const EVERY_MS = 5_000;

function createLines(stream: NodeJS.WriteStream): Screen {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  let last: Standing | undefined;
  const say = (standing: Standing) => {
    saidAtMs = standing.atMs;
    stream.write(`${standingLine(standing)}\n`);
  };
  return {
    show: (standing) => {
      last = standing;
      if (standing.atMs - saidAtMs >= EVERY_MS) say(standing);
    },
    close: () => {
      if (last !== undefined && last.atMs > saidAtMs) say(last);
      last = undefined;
    },
  };
}

/** A screen beside the usual one: what stood on the terminal comes back, and no resize can leave half a frame. */
const ENTER = "\u001B[?1049h\u001B[?25l";
const LEAVE = "\u001B[?1049l\u001B[?25h";
const HOME = "\u001B[H";
const TO_END_OF_LINE = "\u001B[K";
const TO_END_OF_SCREEN = "\u001B[J";

function createDrawing(stream: NodeJS.WriteStream, color: boolean): Screen {
  let last: Standing | undefined;
  let closed = false;
  const look = (): Look => ({ columns: stream.columns || 80, rows: stream.rows || 24, color });
  const draw = () => {
    if (last === undefined || closed) return;
    const lines = frame(last, look()).join(`${TO_END_OF_LINE}\r\n`);
    stream.write(`${HOME}${lines}${TO_END_OF_LINE}${TO_END_OF_SCREEN}`);
  };
  const close = () => {
    if (closed) return;
    closed = true;
    stream.off("resize", draw);
    process.off("exit", close);
    const lines = last === undefined ? [] : frame(last, { ...look(), rows: Number.POSITIVE_INFINITY });
    stream.write(`${LEAVE}${lines.map((line) => `${line}\n`).join("")}`);
  };
  stream.write(ENTER);
  stream.on("resize", draw);
  // An end by a bug, too, must give the cursor back.
  process.on("exit", close);
  return {
    show: (standing) => {
      last = standing;
      draw();
    },
    close,
  };
}
