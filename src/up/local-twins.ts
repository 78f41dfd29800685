import { join } from "node:path";
import type { Environment } from "../providers/provider.ts";
import { newSecret } from "../platform/secret.ts";
import { startTwins } from "../twins/serve.ts";

export type LocalTwins = {
  urls: { seven: string; telegramGateway: string; gatewayapi: string };
  /** Settings that point the adapters at these twins. */
  env: Environment;
  /** Registers the hook as an operator would do it at seven. */
  reportTo: (url: string) => Promise<void>;
  close: () => Promise<void>;
};

/** All twins inside this process, with keys of their own so that nothing else can be reached by mistake. */
export async function startLocalTwins(dataDir: string, log: (event: string) => void): Promise<LocalTwins> {
  const [apiKey, signingKey, token] = [newSecret(), newSecret(), newSecret()];
  const ledger = join(dataDir, "twins.ndjson");
  const twins = await startTwins({
    apiKey,
    signingKey,
    token,
    ledger,
    log,
    gatewayapiToken: token,
    gatewayapiSecret: signingKey,
  });
  const { seven, telegram, gatewayapi } = twins;
  const urls = { seven: seven.url, telegramGateway: telegram.url, gatewayapi: gatewayapi.url };
  return {
    urls,
    env: {
      SEVEN_API_KEY: apiKey,
      SEVEN_SIGNING_KEY: signingKey,
      SEVEN_BASE_URL: urls.seven,
      TELEGRAM_GATEWAY_TOKEN: token,
      TELEGRAM_GATEWAY_BASE_URL: urls.telegramGateway,
    },
    reportTo: (url) => registerHook(urls.seven, apiKey, url),
    close: twins.close,
  };
}

/** Source: docs.seven.io, webhooks: POST /api/hooks. */
async function registerHook(sevenUrl: string, apiKey: string, target: string): Promise<void> {
  const response = await fetch(`${sevenUrl}/api/hooks`, {
    method: "POST",
    headers: { "X-Api-Key": apiKey, "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ target_url: target, event_type: "dlr", request_method: "JSON" }),
  });
  const answer: unknown = await response.json();
  if (typeof answer === "object" && answer !== null && "success" in answer && answer.success === true) return;
  throw new Error("The seven twin did not take the report hook");
}
