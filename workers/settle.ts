import { UnrecoverableError } from "bullmq";
import type { FlowDeps } from "../src/flows/ports.ts";
import { settle } from "../src/flows/settle.ts";
import { parseReportJob } from "../src/redis/queues.ts";

/** One delivery report, already authentic. What cannot be read is kept as a failed job, not tried again. */
export function settleHandler(deps: FlowDeps) {
  return async (data: unknown): Promise<void> => {
    const entry = parseReportJob(data);
    if (!entry) throw new UnrecoverableError("not a report");
    await settle(deps, entry);
  };
}
