import { type RunningTwin, startTwin } from "../../src/twins/serve.ts";
import { serveRole } from "../role.ts";

/** The seven twin without its pace and its faults, ledger in memory: the least that a provider can cost. */

export type Reports = "none" | "normal";

let twin: RunningTwin | undefined;

serveRole({
  start: async () => {
    const faults = { ratePerSecond: 0, magic: false, reloadLock: false, reports: "none" } as const;
    twin = await startTwin("seven", { fsync: false, faults, apiKey: "bench" });
    return { url: twin.url };
  },
  reports: (reports: Reports) => void twin?.faults.set({ reports }),
  /** Messages taken since the last look. */
  taken: () => {
    const accepted = twin?.ledger.counts().accepted ?? 0;
    twin?.ledger.clear();
    return accepted;
  },
});
