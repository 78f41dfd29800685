import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

export type Questions = {
  /** Yes only where somebody says so; the end of the input is a no. */
  agreed: (question: string) => Promise<boolean>;
  /** The next line, without its end; undefined at the end of the input. */
  line: (prompt: string) => Promise<string | undefined>;
  close: () => void;
};

type Options = { yes: boolean; output: Writable; input?: Readable };

/** Answers come from the terminal or, one a line, from whatever is piped in. */
export function createQuestions({ yes, output, input = process.stdin }: Options): Questions {
  let lines: AsyncIterator<string> | undefined;
  let close = () => {};
  const next = async (): Promise<string | undefined> => {
    if (!lines) {
      const reader = createInterface({ input });
      lines = reader[Symbol.asyncIterator]();
      close = () => reader.close();
    }
    const { value, done } = await lines.next();
    // A terminal shows the end of the line that was typed; a pipe does not.
    if (!("isTTY" in input && input.isTTY)) output.write("\n");
    return done ? undefined : value;
  };
  const line = (prompt: string) => {
    output.write(prompt);
    return next();
  };
  return {
    line,
    agreed: async (question) => {
      if (yes) {
        output.write(`${question} yes (--yes)\n`);
        return true;
      }
      const answer = await line(`${question} [y/N] `);
      if (answer === undefined) output.write("no answer; --yes agrees to all\n");
      return /^y(es)?$/i.test(answer?.trim() ?? "");
    },
    close: () => close(),
  };
}
