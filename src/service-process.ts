import { ConfigFault, EXIT_CONFIG } from "./config.ts";
import { createLogger, type Logger, type LogLevel } from "./platform/logger.ts";
import { createShutdown, endOnBugs, endOnSignals, type Shutdown } from "./platform/shutdown.ts";

/** Under the 20 s after which an orchestrator may kill us. */
const SHUTDOWN_MS = 19_000;

export type ServiceProcess = { logger: Logger; shutdown: Shutdown };

export type LogSettings = {
  level: LogLevel;
  format: "json" | "pretty" | undefined;
  stream: NodeJS.WriteStream;
};

/**
 * Runs a long-lived process: logger, signals, orderly end. A start that fails undoes what had started, says
 * why in one message and exits 78 for a bad configuration, 1 for anything else.
 */
export async function runService(
  log: LogSettings,
  start: (process: ServiceProcess) => Promise<void>,
): Promise<void> {
  const logger = serviceLogger(log);
  const exit = (code: number) => {
    logger.close();
    process.exit(code);
  };
  const shutdown = createShutdown({
    log: (event, fields) => logger.info(event, fields),
    deadlineMs: SHUTDOWN_MS,
    exit,
  });
  endOnSignals(shutdown, exit);
  endOnBugs(shutdown, (error) => logger.error("process.bug", error), exit);
  try {
    await start({ logger, shutdown });
  } catch (error) {
    await shutdown.run("start failed");
    process.stderr.write(`otpost: ${error instanceof Error ? error.message : "cannot start"}\n`);
    exit(error instanceof ConfigFault ? EXIT_CONFIG : 1);
  }
}

function serviceLogger({ level, format, stream }: LogSettings): Logger {
  const pretty = (format ?? (stream.isTTY ? "pretty" : "json")) === "pretty";
  if (stream === process.stdout) return createLogger({ level, pretty });
  return createLogger({ level, pretty, write: (line) => void stream.write(line) });
}
