import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { runQuietly } from "./command.mjs";

const POLICY = "/usr/sbin/policy-rc.d";
const SAVED = `${POLICY}.before-otpost`;
const MARK = "# written by otpost's bootstrap";

/**
 * Runs an install during which Debian's packages may start no service. Their scripts ask policy-rc.d first;
 * exit 101 forbids (Source: invoke-rc.d(8)). One that is there already is set aside and put back.
 */
export async function withoutServiceStart(install, policy = POLICY, saved = SAVED) {
  const ours = existsSync(policy) && readFileSync(policy, "utf8").includes(MARK);
  if (existsSync(policy) && !ours) renameSync(policy, saved);
  try {
    writeFileSync(policy, `#!/bin/sh\n${MARK}\nexit 101\n`);
    chmodSync(policy, 0o755);
    return await install();
  } finally {
    rmSync(policy, { force: true });
    if (existsSync(saved)) renameSync(saved, policy);
  }
}

/** Stops and disables what the package set up, now and for the next boot; harmless where there is nothing. */
export async function disableService() {
  const now = existsSync("/run/systemd/system") ? ["--now"] : [];
  for (const unit of ["redis-server", "redis", "valkey-server", "valkey"]) {
    await runQuietly("systemctl", ["disable", ...now, `${unit}.service`]);
  }
  // Debian without systemd keeps links in /etc/rc?.d, Alpine its own run levels.
  for (const script of ["redis-server", "redis", "valkey-server", "valkey"]) {
    if (!existsSync(`/etc/init.d/${script}`)) continue;
    await runQuietly(`/etc/init.d/${script}`, ["stop"]);
    await runQuietly("update-rc.d", [script, "disable"]);
    await runQuietly("rc-update", ["del", script]);
  }
}
