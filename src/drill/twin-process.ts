import { join } from "node:path";
import { z } from "zod";
import type { FaultPatch } from "../twins/faults.ts";
import type { LedgerEntry } from "../twins/ledger-entry.ts";
import { moduleFile, type OnStart, startChild } from "./child.ts";

/** Keys that only these twins take, so that nothing else can be reached by mistake. */
const KEYS = { apiKey: "drill-api-key", signingKey: "drill-signing-key", token: "drill-token" };

const urlsSchema = z.object({ seven: z.string(), telegramGateway: z.string() });
const countsSchema = z.object({ accepted: z.number(), refused: z.number() });

export type Twins = {
  urls: z.output<typeof urlsSchema>;
  apiKey: string;
  ledger: string;
  /** Settings that bring a service to these twins. */
  env: Record<string, string>;
  /** @throws with the twin's reason when it does not take the script */
  script: (twin: "seven" | "telegramGateway", patch: FaultPatch) => Promise<void>;
  /** Has seven's reports sent there. */
  reportTo: (url: string) => Promise<void>;
  /** Entries of the ledger with a higher `seq`, oldest first. */
  since: (seq: number) => Promise<LedgerEntry[]>;
  /** What both took and refused so far. */
  counts: () => Promise<z.output<typeof countsSchema>>;
  end: () => Promise<void>;
};

/** Both twins as a process of their own, with a ledger on disk that no kill of the service can touch. */
export async function startTwinProcess(dir: string, onStart: OnStart): Promise<Twins> {
  const ledger = join(dir, "twins.ndjson");
  const { apiKey, signingKey, token } = KEYS;
  const ports = ["--seven-port", "0", "--telegram-port", "0"];
  const keys = ["--api-key", apiKey, "--signing-key", signingKey, "--token", token];
  const args = [moduleFile("../cli/main"), "twin", "--json", ...ports, ...keys, "--ledger", ledger];
  const child = startChild(args, { cwd: dir, log: join(dir, "twins.log") });
  onStart(child.end);
  const urls = urlsSchema.parse(JSON.parse(await child.line("{")));
  return {
    urls,
    apiKey,
    ledger,
    env: {
      SEVEN_API_KEY: apiKey,
      SEVEN_SIGNING_KEY: signingKey,
      SEVEN_BASE_URL: urls.seven,
      TELEGRAM_GATEWAY_TOKEN: token,
      TELEGRAM_GATEWAY_BASE_URL: urls.telegramGateway,
    },
    script: (twin, patch) => post(`${urls[twin]}/_twin/faults`, patch),
    reportTo: (url) =>
      post(
        `${urls.seven}/api/hooks`,
        { target_url: url, event_type: "dlr", request_method: "JSON" },
        { "x-api-key": apiKey, accept: "application/json" },
      ),
    since: async (seq) =>
      (await (await fetch(`${urls.seven}/_twin/ledger?since=${seq}`)).json()) as LedgerEntry[],
    counts: async () => countsSchema.parse(await (await fetch(`${urls.seven}/_twin/ledger?count=1`)).json()),
    end: child.end,
  };
}

async function post(url: string, body: object, headers: Record<string, string> = {}): Promise<void> {
  const init = { method: "POST", headers: { "content-type": "application/json", ...headers } };
  const response = await fetch(url, { ...init, body: JSON.stringify(body) });
  const said = await response.text();
  if (!response.ok || said.includes('"success":false')) throw new Error(`A twin refused: ${said}`);
}
