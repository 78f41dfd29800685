import type { Check, Finding } from "../finding.ts";

/** Oldest that runs otpost, as in `engines` of package.json. */
const OLDEST = [20, 19] as const;
/** Gets no security fixes any longer. Source: nodejs.org, releases: 20 ended on 2026-04-30. */
const ENDED_MAJOR = 20;

/** @param version such as 24.1.0 */
export function nodeCheck(version: string): Check {
  return { name: "node", run: async () => [judged(version)] };
}

function judged(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  if (isOld) {
    return {
      level: "fail",
      what: `Node ${version} is too old`,
      why: `otpost needs ${OLDEST.join(".")} or newer; older ones lack what it calls.`,
      todo: "Install Node 24.",
    };
  }
  if (major > ENDED_MAJOR) return { level: "ok", what: `Node ${version}` };
  return {
    level: "note",
    what: `Node ${version} gets no security fixes any longer`,
    why: "otpost runs on it, but holes that are found in it stay open.",
    todo: "Install Node 24 when it suits; the image comes with it.",
  };
}
