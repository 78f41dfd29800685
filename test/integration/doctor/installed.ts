import type { Redis } from "ioredis";
import type { Checked } from "../../../src/doctor/finding.ts";
import { examination, type Examination } from "../../../src/doctor/installation/examine.ts";
import { thisMachine, type World } from "../../../src/doctor/installation/world.ts";
import { createLogger } from "../../../src/platform/logger.ts";
import { createShutdown } from "../../../src/platform/shutdown.ts";
import { createClientAdmin } from "../../../src/redis/client-admin.ts";
import { createConsentAdmin } from "../../../src/redis/consent-admin.ts";
import { createKeys } from "../../../src/redis/keys.ts";
import { startTwins } from "../../../src/twins/serve.ts";
import { up } from "../../../src/up/up.ts";
import { anAuthority, type Certificate, issuedBy } from "../../support/certificate.ts";
import { type Front, startFront } from "../../support/front.ts";
import { freePort } from "../../support/ports.ts";
import { startRedisProcess } from "../../support/redis-process.ts";
import { closeLater, freshDir } from "../../support/service.ts";
import { aVault } from "../../support/vault.ts";

export const HOST = "otp.example.org";
export const CLIENT = "local";
export const authority = anAuthority("Example CA");
const good = issuedBy(authority, HOST);
const GB = 1_073_741_824;

const KEYS = { apiKey: "planted-api-key", signingKey: "planted-signing-key", token: "planted-token" };

export type Installed = Awaited<ReturnType<typeof anInstallation>>;

/** A healthy otpost: Redis with its file on, twins as providers, TLS in front, a client with limits. */
export async function anInstallation() {
  const redis = await startRedisProcess();
  await redis.client.config("SET", "maxmemory", "512mb");
  const twins = await startTwins({ ...KEYS, fsync: false });
  closeLater(twins.close);
  const env = await settings(redis.url, twins);
  const reportUrl = await run(env);
  const keys = createKeys("{otpost}");
  await bound(redis.client, keys);
  const post = { method: "POST", headers: { "x-api-key": KEYS.apiKey, "content-type": "application/json" } };
  const hook = (target_url: string) =>
    fetch(`${twins.seven.url}/api/hooks`, {
      ...post,
      body: JSON.stringify({ target_url, event_type: "dlr", request_method: "JSON" }),
    });
  await hook(reportUrl);
  const door = await aDoor(`http://127.0.0.1:${env.PORT}`);
  const world: World = {
    ...thisMachine(env),
    nodeVersion: "24.1.0",
    freeBytes: async () => 100 * GB,
    extraCas: [authority.cert],
    reach: () => ({ host: "127.0.0.1", port: door.port() }),
  };
  const healthy = { ...world, dns: { ...world.dns, system: async () => ["203.0.113.7"] } };
  return { env, redis: redis.client, keys, twins, hook, reportUrl, door, world: healthy };
}

async function settings(redisUrl: string, twins: Awaited<ReturnType<typeof startTwins>>) {
  return {
    DATA_DIR: freshDir(),
    REDIS_URL: redisUrl,
    PORT: String(await freePort()),
    OPERATOR_PORT: String(await freePort()),
    PUBLIC_URL: `https://${HOST}`,
    SEVEN_API_KEY: KEYS.apiKey,
    SEVEN_SIGNING_KEY: KEYS.signingKey,
    SEVEN_BASE_URL: twins.seven.url,
    TELEGRAM_GATEWAY_TOKEN: KEYS.token,
    TELEGRAM_GATEWAY_BASE_URL: twins.telegram.url,
    ALERT_WEBHOOK_URL: "https://pager.example.org/secret-path",
    ALERT_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
  };
}

async function run(env: Record<string, string>): Promise<string> {
  const logger = createLogger({ level: "silent", write: () => undefined });
  const shutdown = createShutdown({ log: () => undefined, deadlineMs: 20_000, exit: () => undefined });
  closeLater(() => shutdown.run("the test is over"));
  const { reportUrls } = await up({ env, logger, shutdown });
  return reportUrls["seven"]!;
}

async function bound(client: Redis, keys: ReturnType<typeof createKeys>): Promise<void> {
  const now = Date.now;
  await createClientAdmin({ client, keys, now }).limit(CLIENT, { perDay: 5_000, countries: ["DE"] });
  const vault = aVault(Buffer.alloc(32, 1));
  await createConsentAdmin({ client, keys, vault, now }).recordAll(CLIENT, "telegram", "the test");
}

/** What stands in front of otpost; it may fall away, or get another certificate. */
async function aDoor(upstream: string) {
  let front: Front | undefined = await startFront(upstream, good);
  let port = front.port;
  const shut = async () => {
    await front?.close();
    front = undefined;
  };
  closeLater(shut);
  return {
    port: () => port,
    shut,
    open: async (certificate: Certificate = good) => {
      await shut();
      front = await startFront(upstream, certificate);
      ({ port } = front);
    },
  };
}

export async function examined<T = Checked[]>(
  world: World,
  look: (made: Examination) => Promise<T> = (made) => made.run(20_000) as Promise<T>,
): Promise<T> {
  const made = examination(world);
  try {
    return await look(made);
  } finally {
    await made.close();
  }
}

/** `check: level` of everything that is not well, in the order of the checks. */
export const unwell = (found: readonly Checked[]): string[] =>
  found.flatMap(({ check, level }) => (level === "ok" ? [] : [`${check}: ${level}`]));
