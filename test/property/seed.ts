import fc from "fast-check";

/** Locally every run looks elsewhere; in CI all look at the same cases. A failure prints seed and path. */
const given = process.env["FC_SEED"] ?? (process.env["CI"] ? "20261124" : undefined);

fc.configureGlobal({ numRuns: 300, ...(given === undefined ? {} : { seed: Number(given) }) });
