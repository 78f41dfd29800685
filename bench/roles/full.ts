import { createApi } from "../../src/api.ts";
import { type Base, composeBase, composeCrew } from "../../src/compose.ts";
import { type Connected, connectForRequests, connectForWork } from "../../src/connect.ts";
import { readConfig } from "../../src/config.ts";
import { openDataDir } from "../../src/data-dir.ts";
import { accept } from "../../src/flows/accept.ts";
import { purposeOf } from "../../src/core/message.ts";
import { parseMsisdn } from "../../src/core/phone.ts";
import { createLogger } from "../../src/platform/logger.ts";
import { type RedisAddress, whenReady } from "../../src/redis/client.ts";
import { createClientAdmin } from "../../src/redis/client-admin.ts";
import type { LogLevel } from "../../src/platform/logger.ts";
import { serveRole } from "../role.ts";

/** The service itself, wired by its own composition: public listener, and workers when asked for. */

export type FullInput = {
  redis: RedisAddress;
  dataDir: string;
  logLevel: LogLevel;
  /** Where the seven twin listens. Without one nothing may be sent. */
  sevenUrl: string;
};

export type FullOutput = { url: string; apiKey: string; reportUrl: string };

const IN_FLIGHT = 64;
const REDIS_READY_MS = 10_000;
const CODE = "482913";

type Running = { base: Base; requests: Connected; work: Connected; clientId: string };
let running: Running | undefined;
let crew: ReturnType<typeof composeCrew> | undefined;

serveRole({
  start: async (input: FullInput): Promise<FullOutput> => {
    const dataDir = openDataDir(input.dataDir);
    const config = readConfig({
      SEVEN_API_KEY: "bench",
      SEVEN_BASE_URL: input.sevenUrl,
      SEVEN_MAX_PER_SECOND: "0",
      PREFIX_LIMIT_10_MIN: "0",
      PREFIX_LIMIT_NEW_10_MIN: "0",
      PORT: "0",
      OPERATOR_PORT: "0",
      DATA_DIR: dataDir.path,
      LOG_LEVEL: input.logLevel,
    });
    const logger = createLogger({ level: input.logLevel });
    const api = createApi({ config, logger, dataDir, sandbox: false, draining: () => false });
    const base = composeBase({ config, dataDir, logger, metrics: api.metrics, redis: input.redis });
    await base.vault.whenRead(REDIS_READY_MS);
    const requests = connectForRequests(base);
    await whenReady(requests.client, REDIS_READY_MS);
    const { publicUrl: url } = await api.listen(base, requests);
    const admin = createClientAdmin({ client: requests.client, keys: base.keys, now: Date.now });
    const clientId = "bench";
    const apiKey = await admin.add({
      id: clientId,
      name: "bench",
      region: undefined,
      telegramConsentBy: undefined,
    });
    running = { base, requests, work: connectForWork(base), clientId };
    return { url, apiKey, reportUrl: `${url}/reports/seven/${base.reportTokens.get("seven")?.[0] ?? ""}` };
  },
  /** Takes on one delivery for each number by the same flow that the intake calls. */
  accept: (numbers: string[]) => acceptAll(started(), numbers),
  work: async () => {
    const { base, work } = started();
    crew = composeCrew(base, work);
    await crew.crew.run();
  },
  rest: async () => {
    await crew?.crew.drain();
    await crew?.close();
    crew = undefined;
  },
});

function started(): Running {
  if (!running) throw new Error("The service has not been started");
  return running;
}

async function acceptAll({ requests, clientId }: Running, numbers: string[]): Promise<void> {
  const left = numbers.values();
  const one = async (): Promise<void> => {
    for (const number of left) await acceptOne(requests, clientId, number);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
}

async function acceptOne({ flows }: Connected, clientId: string, number: string): Promise<void> {
  const recipient = parseMsisdn(number, undefined);
  if (typeof recipient !== "string") throw new Error("The bench made a number that is none");
  const content = { code: CODE, text: `${CODE} is your Nextcloud verification code for login.` };
  const accepted = await accept(flows, {
    client: { id: clientId, name: clientId, region: undefined, consents: {} },
    recipient,
    content,
    purpose: purposeOf(content),
    validForMs: 600_000,
    reference: undefined,
    routes: undefined,
    idempotencyKey: undefined,
    fingerprint: number,
  });
  if (accepted.kind !== "accepted" || accepted.repeated)
    throw new Error(
      `A delivery was not taken on: ${accepted.kind === "refused" ? accepted.code : "repeated"}`,
    );
}
