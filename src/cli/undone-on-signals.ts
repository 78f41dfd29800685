import { createShutdown, type Shutdown } from "../platform/shutdown.ts";

/** Enough for the service of a run to drain and for its Redis to end. */
const CLEAN_UP_MS = 60_000;
/** 128 + the signal's number, as a shell counts. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** For runs with processes of their own: a signal undoes what was added, and its number tells that there is no result. */
export function undoneOnSignals(): Shutdown {
  const exit = (code: number) => process.exit(code);
  const shutdown = createShutdown({ log: () => undefined, deadlineMs: CLEAN_UP_MS, exit });
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => void shutdown.run(signal).then(() => exit(code)));
  }
  return shutdown;
}
