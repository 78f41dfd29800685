#!/usr/bin/env node
import { existsSync } from "node:fs";
import { Command } from "commander";
import { ConfigFault, EXIT_CONFIG } from "../config.ts";
import { VERSION } from "../version.ts";
import { alertsCommand } from "./alerts.ts";
import { auditCommand } from "./audit.ts";
import { blocksCommand } from "./blocks.ts";
import { clientsCommand } from "./clients.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { drillCommand } from "./drill.ts";
import { eventsCommand } from "./events.ts";
import { keysCommand } from "./keys.ts";
import { nextcloudCommand } from "./nextcloud.ts";
import { operatorsCommand } from "./operators.ts";
import { routesCommand } from "./routes.ts";
import { serveCommand, workCommand } from "./serve.ts";
import { twinCommand } from "./twin.ts";
import { upCommand } from "./up.ts";

/** Settings of a development checkout; what the environment says already wins. */
if (existsSync(".env")) process.loadEnvFile(".env");

const program = new Command("otpost")
  .description("Delivers one-time codes through seven.io, with failover to Telegram.")
  .version(VERSION)
  .showHelpAfterError("(see otpost --help)")
  // Each verb reads the options behind its own name: `demo race --json` is race's.
  .enablePositionalOptions()
  .addCommand(upCommand())
  .addCommand(serveCommand())
  .addCommand(workCommand())
  .addCommand(clientsCommand())
  .addCommand(blocksCommand())
  .addCommand(operatorsCommand())
  .addCommand(auditCommand())
  .addCommand(keysCommand())
  .addCommand(routesCommand())
  .addCommand(alertsCommand())
  .addCommand(eventsCommand())
  .addCommand(nextcloudCommand())
  .addCommand(doctorCommand())
  .addCommand(twinCommand())
  .addCommand(demoCommand())
  .addCommand(drillCommand());

try {
  await program.parseAsync();
} catch (error) {
  // A message of ours says what to do; anything else is a bug and keeps its stack for the report.
  const known = error instanceof Error && (error instanceof ConfigFault || error.name.endsWith("Fault"));
  process.stderr.write(`otpost: ${known ? error.message : describe(error)}\n`);
  process.exit(error instanceof ConfigFault ? EXIT_CONFIG : 1);
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : "stopped for an unknown reason";
}
