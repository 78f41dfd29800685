import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { settledPort } from "../up/port.ts";
import { type Child, endedEarly, moduleFile, type OnStart, startChild } from "./child.ts";

const HOST = "127.0.0.1";

const readySchema = z.object({
  publicUrl: z.string(),
  operatorUrl: z.string(),
  operatorToken: z.string(),
  reportUrls: z.record(z.string(), z.string()),
});
const keySchema = z.object({ apiKey: z.string() });
const stateSchema = z.object({ state: z.string() });

export type Service = {
  publicUrl: string;
  /** Key of the first client; its people agreed to Telegram, as all clients' did. */
  apiKey: string;
  /** Of all clients, by their names. */
  apiKeys: Record<string, string>;
  sevenReportUrl: string;
  /** One file for each process. */
  logs: readonly string[];
  /** The state of a delivery; undefined when the service does not know it. */
  stateOf: (id: string) => Promise<string | undefined>;
  /** otp_circuit_state of a route: 0 closed, 1 traffic returns, 2 open; undefined while nobody has told. */
  circuitOf: (route: string) => Promise<number | undefined>;
  end: () => Promise<void>;
};

export type ServiceOptions = {
  settings: Record<string, string>;
  extraWorkers: number;
  /** False: it has no PUBLIC_URL, so no provider is told where to report. */
  isPublic: boolean;
  /** Names; "drill" alone where absent. */
  clients?: readonly string[];
};

/** The whole service with a Redis of its own, as `npm start` runs it, and as many further workers as wanted. */
export async function startService(
  dir: string,
  { settings, extraWorkers, isPublic, clients = ["drill"] }: ServiceOptions,
  onStart: OnStart,
): Promise<Service> {
  const port = String(await settledPort(0, HOST));
  const own = {
    DATA_DIR: join(dir, "data"),
    PORT: port,
    OPERATOR_PORT: "0",
    ...(isPublic ? { PUBLIC_URL: `http://${HOST}:${port}` } : {}),
  };
  const started: Child[] = [];
  const logs: string[] = [];
  const run = (name: string, args: readonly string[], logsToStdout = false) => {
    const log = join(dir, `${name}.log`);
    logs.push(log);
    const env = { LOG_FORMAT: "json", ...own, ...settings };
    const child = startChild([moduleFile("../cli/main"), ...args], { cwd: dir, env, log, logsToStdout });
    started.push(child);
    return child;
  };
  const end = async () => {
    for (const child of started.toReversed()) await child.end();
  };
  onStart(end);
  try {
    const ready = readySchema.parse(JSON.parse(await run("up", ["up", "--json"]).line('{"publicUrl"')));
    const apiKeys = await addClients(clients, run);
    const workers = Array.from({ length: extraWorkers }, (_, n) => `work-${n + 1}`);
    for (const name of workers) await untilLogged(join(dir, `${name}.log`), run(name, ["work"], true));
    return { ...handle(ready, apiKeys), logs, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** @returns their keys by their names */
async function addClients(names: readonly string[], run: (name: string, args: readonly string[]) => Child) {
  const apiKeys: Record<string, string> = {};
  for (const name of names) {
    const said = await run(`client-${name}`, add(name)).line("{");
    apiKeys[name] = keySchema.parse(JSON.parse(said)).apiKey;
  }
  return apiKeys;
}

const LOOK_MS = 50;

/** A worker prints nothing but its log. */
async function untilLogged(log: string, { exited }: Child): Promise<void> {
  let over = false;
  void exited.then(() => {
    over = true;
  });
  while (!(await readFile(log, "utf8")).includes("work.started")) {
    if (over) throw endedEarly(log);
    await sleep(LOOK_MS);
  }
}

const add = (client: string) => ["clients", "add", client, "--telegram-consent", "the drill", "--json"];

function handle(
  ready: z.output<typeof readySchema>,
  apiKeys: Record<string, string>,
): Omit<Service, "logs" | "end"> {
  const { publicUrl, operatorUrl, operatorToken, reportUrls } = ready;
  const [apiKey = ""] = Object.values(apiKeys);
  return {
    publicUrl,
    apiKey,
    apiKeys,
    sevenReportUrl: reportUrls["seven"] ?? "",
    stateOf: async (id) => {
      // A client is told of its own deliveries only.
      for (const key of Object.values(apiKeys)) {
        const response = await get(`${publicUrl}/v1/deliveries/${id}`, key);
        const said: unknown = await response.json();
        if (response.ok) return stateSchema.parse(said).state;
      }
      return undefined;
    },
    circuitOf: async (route) => {
      const text = await (await get(`${operatorUrl}/metrics`, operatorToken)).text();
      const line = text
        .split("\n")
        .find((one) => one.startsWith(`otp_circuit_state{`) && one.includes(`"route:${route}"`));
      return line === undefined ? undefined : Number(line.split(" ").at(-1));
    },
  };
}

async function get(url: string, bearer: string): Promise<Response> {
  return fetch(url, { headers: { authorization: `Bearer ${bearer}` }, signal: AbortSignal.timeout(10_000) });
}
