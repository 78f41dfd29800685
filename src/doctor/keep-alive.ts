import type { Ask } from "./dial.ts";
import type { Check } from "./finding.ts";
import { KEYLESS } from "./redirect.ts";

/** Signal's driver asks three times for a code, Huawei's twice: each on a new connection costs a handshake. */
export function keepAliveCheck(ask: () => Promise<Ask | undefined>): Check {
  return {
    name: "keep-alive",
    run: async () => {
      const [question] = KEYLESS;
      const asking = await ask();
      if (!asking || !question) return [];
      const reply = await asking(question);
      if ("failed" in reply) return [];
      const isClosed = reply.httpVersion === "1.0" || /\bclose\b/i.test(reply.headers.connection ?? "");
      if (!isClosed) return [{ level: "ok", what: "connections are kept open" }];
      return [
        {
          level: "note",
          what: "the connection is closed after each answer",
          why: "The Signal channel asks three times for each code, the Huawei driver twice; each time costs a handshake.",
          todo: "Switch keep-alive on at the proxy, towards clients and towards otpost.",
        },
      ];
    },
  };
}
