import fc from "fast-check";

/** Locally every run looks elsewhere; in CI all look at the same cases. A failure prints seed and path. */
const given = process.env["FC_SEED"] ?? (process.env["CI"] ? "20261124" : undefined);

if (given !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(given) });
