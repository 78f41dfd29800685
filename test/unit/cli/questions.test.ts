import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import { createQuestions } from "../../../src/cli/questions.ts";

function asked(lines: string, yes = false) {
  const output = new PassThrough();
  const questions = createQuestions({ yes, output, input: Readable.from([lines]) });
  return { questions, said: () => String(output.read() ?? "") };
}

test("lines that are piped in are answers, one each, and their end is a no", async () => {
  const { questions, said } = asked("+4915100000001\ny\nYes\nno\n");
  expect(await questions.line("Number: ")).toBe("+4915100000001");
  const answers: boolean[] = [];
  for (let n = 0; n < 4; n += 1) answers.push(await questions.agreed(`Step ${n}?`));
  questions.close();
  expect(answers).toEqual([true, true, false, false]);
  const text = said();
  expect(text).toContain("Step 0? [y/N]");
  expect(text).toContain("--yes agrees to all");
  expect(text).not.toContain("4915100000001");
});

test("--yes asks nobody", async () => {
  const { questions, said } = asked("n\n", true);
  expect(await questions.agreed("Send?")).toBe(true);
  questions.close();
  expect(said()).toBe("Send? yes (--yes)\n");
});
