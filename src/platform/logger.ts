import { Writable } from "node:stream";
import { type DestinationStream, destination, pino, stdTimeFunctions } from "pino";
import { allowedFields, errorFields, type LogFields } from "./log-fields.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** `event` is a fixed phrase of ours such as `attempt.finished`; what varies goes into the fields. */
type Log = (event: string, fields?: LogFields) => void;

export type Logger = {
  debug: Log;
  info: Log;
  warn: Log;
  /** Class, code and place of an error are logged, its message is not. */
  error: (event: string, error: unknown, fields?: LogFields) => void;
  /** A logger whose lines all carry these fields. */
  with: (fields: LogFields) => Logger;
  /** Writes out what is still in memory; call it last. */
  close: () => void;
};

export type LoggerOptions = {
  level: LogLevel;
  /** One readable line for a terminal instead of JSON. */
  pretty?: boolean;
  /** Where lines go; standard output when absent. */
  write?: (line: string) => void;
};

/** Lines are written in the background, many at once under load; `close` waits for the rest. */
export function createLogger(options: LoggerOptions): Logger {
  const target = targetOf(options);
  const base = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      messageKey: "event",
      formatters: { level: (label) => ({ level: label }) },
    },
    target.stream,
  );
  return loggerOver(base, {}, target.flush);
}

type Base = Record<"debug" | "info" | "warn" | "error", (fields: object, event: string) => void> & {
  isLevelEnabled: (level: string) => boolean;
};

/** Fields are filtered here, at the last step, so that no way of calling can go around it. */
function loggerOver(base: Base, own: LogFields, flush: () => void): Logger {
  const at = (level: "debug" | "info" | "warn"): Log => {
    return (event, fields) => {
      // Asked first: most lines of a busy intake are never written, and copying their fields costs more.
      if (base.isLevelEnabled(level)) base[level](allowedFields({ ...own, ...fields }), event);
    };
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: (event, error, fields) =>
      base.error(allowedFields({ ...own, ...fields, ...errorFields(error) }), event),
    with: (fields) => loggerOver(base, { ...own, ...fields }, flush),
    close: flush,
  };
}

function targetOf({ pretty, write }: LoggerOptions): { stream: DestinationStream; flush: () => void } {
  if (write || pretty) {
    const out = write ?? ((line: string) => void process.stdout.write(line));
    return { stream: lineStream(pretty ? (line) => out(prettyLine(line)) : out), flush: () => undefined };
  }
  const stream = destination({ dest: 1, sync: false });
  return { stream, flush: () => flushQuietly(stream) };
}

/** A pipe whose reader has gone away must not turn an orderly end into a crash. */
function flushQuietly(stream: { flushSync: () => void }): void {
  try {
    stream.flushSync();
  } catch {
    // Nobody is left to read the lines.
  }
}

function lineStream(out: (line: string) => void): DestinationStream {
  return new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      out(chunk);
      done();
    },
  });
}

const COLOURS: Record<string, string> = { debug: "2", info: "36", warn: "33", error: "31" };

/** `12:00:00.000 info  http.request method=POST status=202`, coloured by level. */
function prettyLine(json: string): string {
  const { time, level, event, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([name, value]) => ` \u001B[2m${name}=\u001B[0m${String(value)}`);
  const word = String(level);
  const head = `\u001B[${COLOURS[word] ?? "0"}m${word.padEnd(5)}\u001B[0m`;
  return `${String(time).slice(11, 23)} ${head} ${String(event)}${rest.join("")}\n`;
}
