import { isIP } from "node:net";
import type { Config } from "../../config.ts";
import { createAsk, type Failure, type Reply } from "../dial.ts";
import type { Check, Finding } from "../finding.ts";

/** Whether otpost listens where the settings say, or somebody else does. */
export function listenersCheck({ HOST, PORT, OPERATOR_PORT }: Config): Check {
  return {
    name: "listeners",
    run: async () => {
      const ports = { PORT, OPERATOR_PORT };
      // 0 takes any free port, which nobody can know here.
      const asked = Object.entries(ports).filter(([, port]) => port !== 0);
      return Promise.all(
        asked.map(async ([setting, port]) => judged(setting, port, await askLive(HOST, port))),
      );
    },
  };
}

async function askLive(host: string, port: number): Promise<Reply | Failure> {
  const near = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const url = new URL(`http://${isIP(near) === 6 ? `[${near}]` : near}:${port}`);
  const { ask, close } = createAsk(url, { host: near, port });
  try {
    return await ask({ method: "GET", path: "/livez" });
  } finally {
    close();
  }
}

/** Ours is the only program that says so. */
export function isAlive(reply: Reply): boolean {
  return reply.status === 200 && reply.body.includes('"alive"');
}

function judged(setting: string, port: number, reply: Reply | Failure): Finding {
  if (!("failed" in reply))
    return isAlive(reply)
      ? { level: "ok", what: `otpost answers at ${port} (${setting})` }
      : taken(setting, port);
  if (reply.failed !== "ECONNREFUSED") return taken(setting, port);
  return {
    level: "warn",
    what: `nothing listens at ${port} (${setting})`,
    why: "otpost does not run here, or with other settings than this command has.",
    todo: "Start it: otpost serve and otpost work, or otpost up.",
  };
}

function taken(setting: string, port: number): Finding {
  return {
    level: "fail",
    what: `another program has port ${port} (${setting})`,
    why: "otpost cannot listen there, and what comes there does not reach it.",
    todo: `End that program (ss -ltnp 'sport = :${port}' names it), or set ${setting} to a free port.`,
  };
}
