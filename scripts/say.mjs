/** One line for the person at the terminal. To stderr, so that `npm start -- --json` keeps a clean stdout. */
export function say(line) {
  process.stderr.write(`otpost: ${line}\n`);
}

/** A failure whose message is the whole explanation; run.mjs prints it without a stack. */
export class Refusal extends Error {}
