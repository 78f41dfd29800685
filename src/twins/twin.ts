import type { Hono } from "hono";
import type { TwinEnv } from "./breakage.ts";
import type { Faults } from "./faults.ts";
import type { Ledger } from "./ledger.ts";
import type { TwinLog } from "./poster.ts";
import type { Timers } from "./timers.ts";

/** What every twin is built from. The owner closes the timers and the ledger. */
export type TwinDeps = { ledger: Ledger; faults: Faults; timers: Timers; log: TwinLog };

/** One provider's app with its memory; `serve.ts` puts it on a port. */
export type Twin = { app: Hono<TwinEnv>; reset: () => void; close: () => Promise<void> };
