/** What a person at the terminal sees while a drill runs. To standard error: standard output is for the result. */
export type Progress = {
  /** The present state of things; replaces the one before on a terminal, else appears every few seconds. */
  now: (line: string) => void;
  /** A line that stays. */
  say: (line: string) => void;
};

const EVERY_MS = 5_000;

export function createProgress(stream: NodeJS.WriteStream): Progress {
  let saidAt = Number.NEGATIVE_INFINITY;
  const clear = stream.isTTY ? "\r\u001B[K" : "";
  return {
    now: (line) => {
      if (stream.isTTY) return void stream.write(`${clear}${line.slice(0, stream.columns - 1)}`);
      if (performance.now() - saidAt < EVERY_MS) return;
      saidAt = performance.now();
      stream.write(`${line}\n`);
    },
    say: (line) => {
      stream.write(`${clear}${line}\n`);
    },
  };
}
