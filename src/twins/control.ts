import { Hono } from "hono";
import { ZodError, z } from "zod";
import type { Faults } from "./faults.ts";
import type { Ledger } from "./ledger.ts";
import { MAGIC_NUMBERS } from "./magic.ts";

type ControlDeps = { ledger: Ledger; faults: Faults; reset: () => void };

/** The twin's own handle, for drills and tests in other processes. Mounted under `/_twin`. */
export function controlApp({ ledger, faults, reset }: ControlDeps): Hono {
  const app = new Hono();
  app.get("/ledger", (c) => {
    // A bench asks often; a few numbers instead of a hundred thousand lines.
    if (c.req.query("count") === "1") return c.json(ledger.counts());
    return c.json(ledger.since(Number(c.req.query("since") ?? 0)));
  });
  // Read it back after a change: defaults and merges are then seen, not guessed.
  app.get("/faults", (c) => c.json(faults.script()));
  app.post("/faults", async (c) => {
    try {
      return c.json(faults.set(await c.req.json()));
    } catch (error) {
      const reason = error instanceof ZodError ? z.prettifyError(error) : "The body is not JSON.";
      return c.json({ error: reason }, 400);
    }
  });
  // The table as data, so that docs and console print the same one that the twin obeys.
  app.get("/magic", (c) => c.json(MAGIC_NUMBERS));
  // The file keeps what it has: a reset starts a scenario, it does not destroy evidence.
  app.post("/reset", (c) => {
    reset();
    return c.json({ reset: true });
  });
  return app;
}
