import { userInfo } from "node:os";
import type { AuditEntry } from "../core/operator.ts";
import { createAudit } from "../redis/audit.ts";
import type { RedisSession } from "./redis-session.ts";

/** What the command line changes is noted like everything that operators change. */

/** Whoever may run a command with the keys of the installation may do everything. */
const ROLE = "admin";

/** Notes one change, after it was made. A note that cannot be kept is said, for what was done stays done. */
export async function noted(
  { client, keys }: Pick<RedisSession, "client" | "keys">,
  action: string,
  more: Pick<AuditEntry, "target" | "detail"> = {},
): Promise<void> {
  const audit = createAudit({ client, keys, now: Date.now });
  await audit.record({ who: `cli:${userName()}`, role: ROLE, action, ...more }).catch(() => {
    process.stderr.write("The audit could not take a note of this.\n");
  });
}

/** A container may run as a user without a name. */
export function userName(): string {
  try {
    return userInfo().username.slice(0, 60) || "unknown";
  } catch {
    return "unknown";
  }
}
