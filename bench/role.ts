/** The side under test: answers what child.ts asks. */

// oxlint-disable-next-line typescript/no-explicit-any -- each action knows what its caller sends
export type Actions = Record<string, (input: any) => unknown>;

type Question = { id: number; action: string; input: unknown };

/** Serves until the channel closes, also when the measuring process was killed: nothing stays behind. */
export function serveRole(own: Actions): void {
  const actions = { ...own, cpu: cpuUs };
  process.on("message", (question: Question) => void answer(actions, question));
  process.on("disconnect", () => process.exit(0));
  // Ctrl-C reaches the whole group; the measuring process ends everything in order.
  process.on("SIGINT", () => undefined);
}

/** What this process has used so far, in user code and in the kernel. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function answer(actions: Actions, { id, action, input }: Question): Promise<void> {
  try {
    const run = actions[action];
    if (!run) throw new Error(`There is no action ${action}`);
    process.send?.({ id, value: await run(input) });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : "failed" });
  }
}
