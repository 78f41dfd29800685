import { randomUUID } from "node:crypto";
import { accept } from "../../src/flows/accept.ts";
import type { Secrets } from "../../src/flows/ports.ts";
import type { SigningScheme } from "../../src/flows/signer-port.ts";
import type { ReportReader } from "../../src/flows/report-port.ts";
import { createPublicApp, type PublicDeps } from "../../src/http/app.ts";
import { listen } from "../../src/http/listen.ts";
import type { AnsweredRequest } from "../../src/http/route.ts";
import { createClientAdmin } from "../../src/redis/client-admin.ts";
import { createClientJournal } from "../../src/redis/client-journal.ts";
import { failFastClient, whenReady } from "../../src/redis/client.ts";
import { createClients } from "../../src/redis/clients.ts";
import type { SendLimits } from "../../src/redis/create-step.ts";
import { createSigners } from "../../src/redis/signers.ts";
import { createSigningAdmin } from "../../src/redis/signing-keys.ts";
import { remembering } from "../../src/redis/remembered.ts";
import { type OwnRedis, startOwnRedis } from "./own-redis.ts";
import type { Target } from "./nextcloud.ts";
import { aRedisBundle, type RedisBundle } from "./redis-bundle.ts";

export type DoorsBundle = {
  redis: OwnRedis;
  flows: RedisBundle;
  target: Target;
  url: string;
  /** Gives the client one more key to sign with. */
  sign: (scheme: SigningScheme, key: string) => Promise<void>;
  /** Every answered request as the log gets it. */
  answered: AnsweredRequest[];
  faults: unknown[];
  /** The delivery that was taken on last, opened. */
  newest: () => Promise<Secrets & { id: string; door: string | undefined; purpose: string }>;
  close: () => Promise<void>;
};

/** The public listener on a real port over a Redis of its own, which may be hurt. */
export async function aDoorsBundle(options: { limits?: SendLimits } = {}): Promise<DoorsBundle> {
  const redis = await startOwnRedis();
  const client = failFastClient(redis.address, "intake");
  client.on("error", () => undefined);
  await whenReady(client, 5_000);
  const flows = aRedisBundle({ client, ...options });
  const { keys, vault, deps } = flows;
  const store = remembering(deps.store, vault, Date.now);
  const admin = createClientAdmin({ client, keys, now: Date.now });
  const key = await admin.add({
    id: "cloud",
    name: "Cloud",
    region: "DE",
    telegramConsentBy: undefined,
  });
  const answered: AnsweredRequest[] = [];
  const faults: unknown[] = [];
  const app = createPublicApp({
    ...unused,
    clock: deps.clock,
    clients: createClients({ client, keys, elapsed: deps.clock.elapsed }),
    signers: createSigners({ client, keys, vault, elapsed: deps.clock.elapsed }),
    accept: (request) => accept({ ...deps, store }, request),
    load: store.load,
    journal: createClientJournal(client, keys, vault),
    refusals: flows.refusals,
    balance: async () => ({ micros: 41_250_000, currency: "EUR" }),
    onRequest: (request) => void answered.push(request),
    onFault: (error) => void faults.push(error),
  });
  const listening = await listen(app, { host: "127.0.0.1", port: 0, setting: "PORT" });
  return {
    redis,
    flows,
    sign: async (scheme, signingKey) => {
      await createSigningAdmin({ client, keys, vault, now: Date.now }).add("cloud", scheme, signingKey);
    },
    target: { port: Number(new URL(listening.url).port), clientId: "cloud", secret: key.slice(6) },
    url: listening.url,
    answered,
    faults,
    newest: async () => {
      const queued = flows.events.findLast((event) => event.kind === "accept.queued");
      if (queued?.kind !== "accept.queued") throw new Error("Nothing was taken on");
      const { deliveryId: id, door, purpose } = queued;
      const stored = await deps.store.loadWithSecrets(id);
      if (!stored) throw new Error(`There is no delivery ${id}`);
      return { id, door, purpose, ...stored.secrets };
    },
    close: async () => {
      await listening.close();
      await flows.refusals.close();
      client.disconnect();
      await redis.stop();
    },
  };
}

const nothing = () => Promise.reject(new Error("No front end asks for this"));

/** What the listener has besides front ends. */
const unused = {
  rules: { closeAfterMs: 60_000 },
  sendAgain: nothing,
  tellOutcome: nothing,
  cancel: nothing,
  newestLogin: nothing,
  enqueueReport: nothing,
  reportReaders: [] as ReportReader[],
  reportTokens: new Map<string, readonly string[]>(),
  publicUrl: undefined,
  readiness: async () => ({ ready: true, checks: {} }),
  sandbox: false,
  trustedProxies: [],
  version: "0.0.0",
  fraction: Math.random,
  requestId: randomUUID,
  onAlert: () => undefined,
} satisfies Partial<PublicDeps>;
