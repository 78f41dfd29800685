/** Orderly end of a process: signals, steps in reverse order, a hard deadline. */

export type Shutdown = {
  /** Steps run in reverse order of adding, one after the other; a step that fails does not stop the rest. */
  add: (name: string, step: () => Promise<void> | void) => void;
  /** Runs the steps once, however often it is called. @returns whether every step ended in order */
  run: (why: string) => Promise<boolean>;
  /** True from the first signal on; readiness says no. */
  started: () => boolean;
};

export type ShutdownDeps = {
  log: (
    event: "shutdown.started" | "shutdown.step_failed" | "shutdown.done",
    fields: Record<string, unknown>,
  ) => void;
  /** After this the process ends whatever is still open, in ms. */
  deadlineMs: number;
  exit: (code: number) => void;
};

export function createShutdown(deps: ShutdownDeps): Shutdown {
  const steps: { name: string; step: () => Promise<void> | void }[] = [];
  let running: Promise<boolean> | undefined;
  const runSteps = async (why: string): Promise<boolean> => {
    deps.log("shutdown.started", { reason: why });
    // Not unref'ed on purpose: a step that hangs must not keep the process for ever.
    const deadline = setTimeout(() => deps.exit(1), deps.deadlineMs);
    let inOrder = true;
    for (const { name, step } of steps.toReversed()) inOrder = (await runStep(deps, name, step)) && inOrder;
    clearTimeout(deadline);
    deps.log("shutdown.done", { outcome: inOrder ? "in order" : "not in order" });
    return inOrder;
  };
  return {
    add: (name, step) => void steps.push({ name, step }),
    run: (why) => (running ??= runSteps(why)),
    started: () => running !== undefined,
  };
}

async function runStep(deps: ShutdownDeps, name: string, step: () => Promise<void> | void): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    deps.log("shutdown.step_failed", { what: name, reason: error instanceof Error ? error.name : "unknown" });
    return false;
  }
}

/** Ends the process in order on SIGTERM and SIGINT; a second signal ends it at once. */
export function endOnSignals(shutdown: Shutdown, exit: (code: number) => void): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (shutdown.started()) return exit(1);
      void shutdown.run(signal).then((inOrder) => exit(inOrder ? 0 : 1));
    });
  }
}

/** A bug must not leave half a process behind: log its name, drain, exit 1. */
export function endOnBugs(
  shutdown: Shutdown,
  report: (error: unknown) => void,
  exit: (code: number) => void,
): void {
  for (const kind of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(kind, (error: unknown) => {
      report(error);
      void shutdown.run(kind).then(() => exit(1));
    });
  }
}
