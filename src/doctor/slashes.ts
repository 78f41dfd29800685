import type { Ask, Question } from "./dial.ts";
import type { Check, Finding } from "./finding.ts";
import { isRedirect } from "./redirect.ts";

/** Drivers join the configured address and their own path as they are. Both need no key. */
const QUESTIONS: readonly Question[] = [
  { method: "GET", path: "//compat//huawei//webserver/SesTokInfo" },
  { method: "GET", path: "/compat/signal//v1/about/" },
];

export function slashesCheck(ask: () => Promise<Ask | undefined>): Check {
  return {
    name: "slashes",
    run: async () => {
      const asking = await ask();
      if (!asking) return [];
      const replies = await Promise.all(QUESTIONS.map(asking));
      if (replies.every((reply) => "failed" in reply)) return [];
      const isTaken = replies.every((reply) => !("failed" in reply) && reply.status === 200);
      const isMoved = replies.some((reply) => !("failed" in reply) && isRedirect(reply));
      return [isTaken ? { level: "ok", what: "doubled and trailing slashes are taken" } : lost(isMoved)];
    },
  };
}

function lost(isMoved: boolean): Finding {
  return {
    level: "warn",
    what: `an address with a doubled or trailing slash is ${isMoved ? "redirected" : "not found"}`,
    why: "Nextcloud's drivers put their own path behind the configured address without looking at slashes.",
    todo: "Let the proxy pass paths on as they are; until then configure addresses without a slash at the end.",
  };
}
