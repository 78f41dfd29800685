import { join } from "node:path";
import type { FaultPatch } from "../../src/twins/faults.ts";
import type { LedgerEntry, SevenAccepted, TelegramAccepted } from "../../src/twins/ledger-entry.ts";
import { call } from "./http-client.ts";
import { startProcess } from "./processes.ts";
import { closeLater, end, freshDir } from "./service.ts";

/** The twins in a process of their own: kills of the service do not touch their ledger. */
const PROGRAM = `
import { startTwins } from "./dist/src/twins/serve.js";
const twins = await startTwins(JSON.parse(process.argv[1]));
process.on("SIGTERM", () => void twins.close().then(() => process.exit(0)));
console.log("twins " + JSON.stringify({ seven: twins.seven.url, telegram: twins.telegram.url }));
`;
const KEYS = { apiKey: "twin-api-key-4711", signingKey: "twin-signing-key-4711", token: "twin-token-4711" };
/** A report that meets a dead service comes again after 0.2 s, 0.9 s, 5.4 s, 11 s instead of minutes. */
const RETRY_SCALE = 0.003;

export type Taken = (SevenAccepted | TelegramAccepted) & { seq: number; at: number };
export type TwinProcess = Awaited<ReturnType<typeof startTwinProcess>>;

export async function startTwinProcess(faults: FaultPatch = {}, ports: { sevenPort?: number } = {}) {
  const ledgerFile = join(freshDir(), "ledger.ndjson");
  const options = { ...KEYS, ledger: ledgerFile, retryScale: RETRY_SCALE, ...ports };
  const all = { ratePerSecond: 0, reportDelayMs: 100, ...faults };
  const twin = await startProcess([
    "--input-type=module",
    "-e",
    PROGRAM,
    JSON.stringify({ ...options, faults: all }),
  ]);
  closeLater(() => end(twin, "SIGKILL"));
  const line = await twin.waitForLine(/^twins \{/, { timeoutMs: 20_000 });
  const urls = JSON.parse(line.slice("twins ".length)) as { seven: string; telegram: string };
  const ledger = async () =>
    (await fetch(`${urls.seven}/_twin/ledger`).then((r) => r.json())) as LedgerEntry[];
  return {
    urls,
    ledgerFile,
    env: envFor(urls),
    ledger,
    accepted: async (): Promise<Taken[]> =>
      (await ledger()).filter((e): e is Taken => e.event === "accepted"),
    counts: async () => (await call(`${urls.seven}/_twin/ledger?count=1`)).json as { accepted: number },
    setFaults: async (patch: FaultPatch) => {
      for (const url of [urls.seven, urls.telegram]) {
        const { status, text } = await call(`${url}/_twin/faults`, {
          method: "POST",
          body: JSON.stringify(patch),
        });
        if (status !== 200) throw new Error(text);
      }
    },
    hook: (target: string, method: "JSON" | "POST" | "GET" = "JSON") =>
      registerHook(urls.seven, target, method),
    end: () => end(twin),
  };
}

/** Settings that bring a service to these twins; other URLs put a proxy between them. */
export function envFor(urls: { seven: string; telegram: string }): Record<string, string> {
  return {
    SEVEN_API_KEY: KEYS.apiKey,
    SEVEN_SIGNING_KEY: KEYS.signingKey,
    SEVEN_BASE_URL: urls.seven,
    TELEGRAM_GATEWAY_TOKEN: KEYS.token,
    TELEGRAM_GATEWAY_BASE_URL: urls.telegram,
    // Only the tests of pacing want a pace.
    SEVEN_MAX_PER_SECOND: "0",
  };
}

async function registerHook(url: string, target: string, method: "JSON" | "POST" | "GET"): Promise<void> {
  const answer = await call(`${url}/api/hooks`, {
    method: "POST",
    headers: { "x-api-key": KEYS.apiKey, "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ target_url: target, event_type: "dlr", request_method: method }),
  });
  if (answer.json["success"] !== true) throw new Error(`The twin took no hook: ${answer.text}`);
}

/** How often each recipient was sent something, by provider: the figure that all laws are about. */
export function copies(taken: readonly Taken[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { provider, recipient } of taken) {
    const key = `${provider} ${recipient.replace(/^\+/, "")}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Recipients with any other number of copies than one, and how many recipients there were. */
export function exactlyOnce(taken: readonly Taken[]): { recipients: number; otherwise: [string, number][] } {
  const counts = copies(taken);
  return { recipients: counts.size, otherwise: [...counts].filter(([, count]) => count !== 1) };
}
