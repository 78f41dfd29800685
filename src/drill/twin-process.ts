import { join } from "node:path";
import { z } from "zod";
import type { FaultPatch } from "../twins/faults.ts";
import type { LedgerEntry } from "../twins/ledger-entry.ts";
import { gatewayapiSettings } from "../up/gatewayapi-settings.ts";
import { moduleFile, type OnStart, startChild } from "./child.ts";

/** Keys that only these twins take, so that nothing else can be reached by mistake. */
const KEYS = {
  apiKey: "drill-api-key",
  signingKey: "drill-signing-key",
  token: "drill-token",
  gatewayapiToken: "drill-gatewayapi-token",
  gatewayapiSecret: "drill-gatewayapi-secret",
};

/** Of `otpost twin`; ports that are free. */
const OPTIONS = {
  "--seven-port": "0",
  "--telegram-port": "0",
  "--gatewayapi-port": "0",
  "--api-key": KEYS.apiKey,
  "--signing-key": KEYS.signingKey,
  "--token": KEYS.token,
  "--gatewayapi-token": KEYS.gatewayapiToken,
  "--gatewayapi-secret": KEYS.gatewayapiSecret,
};

const urlsSchema = z.object({ seven: z.string(), telegramGateway: z.string(), gatewayapi: z.string() });
const countsSchema = z.object({
  accepted: z.number(),
  taken: z.object({ seven: z.number(), "telegram-gateway": z.number(), gatewayapi: z.number() }),
});
export type TwinName = keyof z.output<typeof urlsSchema>;
export type TwinCounts = z.output<typeof countsSchema>;

export type Twins = {
  urls: z.output<typeof urlsSchema>;
  apiKey: string;
  ledger: string;
  /** Settings that bring a service to seven's and Telegram's twin. */
  env: Record<string, string>;
  /** Further ones for the second SMS route. */
  secondSms: Record<string, string>;
  /** @throws with the twin's reason when it does not take the script */
  script: (twin: TwinName, patch: FaultPatch) => Promise<void>;
  /** Has seven's reports sent there. */
  reportTo: (url: string) => Promise<void>;
  /** Entries of the ledger with a higher `seq`, oldest first. */
  since: (seq: number) => Promise<LedgerEntry[]>;
  /** What each took so far. */
  counts: () => Promise<TwinCounts>;
  end: () => Promise<void>;
};

/** All twins as a process of their own, with a ledger on disk that no kill of the service can touch. @param contract path */
export async function startTwinProcess(dir: string, onStart: OnStart, contract?: string): Promise<Twins> {
  const ledger = join(dir, "twins.ndjson");
  const measured = contract === undefined ? {} : { "--contract": contract };
  const options = Object.entries({ ...OPTIONS, "--ledger": ledger, ...measured }).flat();
  const args = [moduleFile("../cli/main"), "twin", "--json", ...options];
  const child = startChild(args, { cwd: dir, log: join(dir, "twins.log") });
  onStart(child.end);
  const urls = urlsSchema.parse(JSON.parse(await child.line("{")));
  return {
    urls,
    apiKey: KEYS.apiKey,
    ledger,
    ...settingsFor(urls),
    script: (twin, patch) => post(`${urls[twin]}/_twin/faults`, patch),
    reportTo: (url) =>
      post(
        `${urls.seven}/api/hooks`,
        { target_url: url, event_type: "dlr", request_method: "JSON" },
        { "x-api-key": KEYS.apiKey, accept: "application/json" },
      ),
    since: async (seq) =>
      (await (await fetch(`${urls.seven}/_twin/ledger?since=${seq}`)).json()) as LedgerEntry[],
    counts: async () => countsSchema.parse(await (await fetch(`${urls.seven}/_twin/ledger?count=1`)).json()),
    end: child.end,
  };
}

function settingsFor(urls: Record<TwinName, string>): Pick<Twins, "env" | "secondSms"> {
  return {
    env: {
      SEVEN_API_KEY: KEYS.apiKey,
      SEVEN_SIGNING_KEY: KEYS.signingKey,
      SEVEN_BASE_URL: urls.seven,
      TELEGRAM_GATEWAY_TOKEN: KEYS.token,
      TELEGRAM_GATEWAY_BASE_URL: urls.telegramGateway,
    },
    secondSms: gatewayapiSettings({
      url: urls.gatewayapi,
      token: KEYS.gatewayapiToken,
      secret: KEYS.gatewayapiSecret,
    }),
  };
}

async function post(url: string, body: object, headers: Record<string, string> = {}): Promise<void> {
  const init = { method: "POST", headers: { "content-type": "application/json", ...headers } };
  const response = await fetch(url, { ...init, body: JSON.stringify(body) });
  const said = await response.text();
  if (!response.ok || said.includes('"success":false')) throw new Error(`A twin refused: ${said}`);
}
