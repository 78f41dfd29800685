import { execSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Checked } from "../../../src/doctor/finding.ts";
import { createConsentAdmin } from "../../../src/redis/consent-admin.ts";
import { issuedBy } from "../../support/certificate.ts";
import { freePort } from "../../support/ports.ts";
import { aVault } from "../../support/vault.ts";
import { authority, CLIENT, HOST } from "./installed.ts";
import {
  admin,
  configured,
  type Fault,
  otherwise,
  policyOf,
  setting,
  todoOf,
  withoutHooks,
} from "./planting.ts";

export const FAULTS: Record<string, Fault> = {
  "a Node that is too old": {
    told: ["node: fail"],
    what: /Node 18\.20\.0 is too old/,
    todo: /Install Node 24/,
    plant: (it) => otherwise(it, { nodeVersion: "18.20.0" }),
  },
  "maxmemory-policy allkeys-lru": {
    told: ["redis-eviction: fail"],
    what: /maxmemory-policy is allkeys-lru/,
    todo: /CONFIG SET maxmemory-policy noeviction/,
    plant: (it) => configured(it, "maxmemory-policy", "allkeys-lru"),
  },
  "no append-only file": {
    told: ["redis-aof: fail"],
    what: /append-only file is off/,
    todo: /CONFIG SET appendonly yes/,
    plant: (it) => configured(it, "appendonly", "no"),
  },
  "memory nearly full": {
    told: ["redis-memory: fail"],
    what: /MB are used \((9\d|10\d) %\)/,
    todo: /CONFIG SET maxmemory \d+mb/,
    plant: async (it) => {
      const used = Number(/used_memory:(\d+)/.exec(await it.redis.info("memory"))?.[1]);
      return configured(it, "maxmemory", String(Math.round(used * 1.07)));
    },
  },
  "a clock that is 40 s ahead": {
    told: ["redis-clock: fail", "clock-seven: fail", "clock-telegram-gateway: fail"],
    what: /Redis' clock is (39|40)\.\d s behind ours/,
    todo: /timedatectl set-ntp true/,
    plant: (it) => otherwise(it, { now: () => Date.now() + 40_000 }),
  },
  "a wrong key of seven's": {
    told: ["key-seven: fail", "hook-seven: warn"],
    what: /seven refuses the account \(900\)/,
    todo: /Set SEVEN_API_KEY/,
    plant: (it) => setting(it, { SEVEN_API_KEY: "not-the-key" }),
  },
  "a wrong token of Telegram's": {
    told: ["key-telegram-gateway: fail"],
    what: /telegram-gateway refuses the account \(ACCESS_TOKEN_INVALID\)/,
    todo: /Set TELEGRAM_GATEWAY_TOKEN/,
    plant: (it) => setting(it, { TELEGRAM_GATEWAY_TOKEN: "not-the-token" }),
  },
  "an empty account": {
    told: ["key-seven: fail"],
    what: /0\.00 EUR are left/,
    todo: /Charge the account at seven/,
    plant: (it) => {
      it.twins.seven.faults.set({ balance: 0 });
      return { world: it.world, cure: async () => it.twins.seven.faults.reset() };
    },
  },
  "a provider that is away": {
    told: ["key-seven: fail", "hook-seven: warn"],
    what: /seven cannot be reached \(connect\)/,
    todo: /Let this machine call out/,
    plant: async (it) => setting(it, { SEVEN_BASE_URL: `http://127.0.0.1:${await freePort()}` }),
  },
  "no hook": {
    told: ["hook-seven: fail"],
    what: /no hook is registered at seven/,
    todo: /otpost doctor --repair/,
    plant: (it) => withoutHooks(it),
  },
  "a hook to another address": {
    told: ["hook-seven: fail"],
    what: /leads to https:\/\/old\.example\.org\/reports\/seven\/\*\*\*, not to/,
    todo: /otpost doctor --repair, or set PUBLIC_URL right/,
    plant: (it) => withoutHooks(it, "https://old.example.org/reports/seven/token-of-another"),
  },
  "a hook with a token that is not taken": {
    told: ["hook-seven: fail"],
    what: /the hook at seven has a token that is not taken/,
    todo: /otpost doctor --repair/,
    plant: (it) => withoutHooks(it, `https://${HOST}/reports/seven/token-of-before`),
  },
  "a public address where nothing answers": {
    told: ["public-url: fail", "public-tls: fail"],
    what: /otpost does not answer at otp\.example\.org \(ECONNREFUSED\)/,
    todo: /curl -i https:\/\/otp\.example\.org\/livez/,
    plant: async (it) => {
      await it.door.shut();
      return { world: it.world, cure: () => it.door.open() };
    },
  },
  "a certificate that ended": {
    told: ["public-tls: fail"],
    what: /the certificate ended on/,
    todo: /Renew it/,
    plant: async (it) => {
      await it.door.open(issuedBy(authority, HOST, { until: new Date(Date.now() - 86_400_000) }));
      return { world: it.world, cure: () => it.door.open() };
    },
  },
  "a name that leads nowhere": {
    told: ["public-url: fail"],
    what: /otp\.example\.org leads nowhere/,
    todo: /A or AAAA record/,
    plant: (it) => otherwise(it, { dns: { ...it.world.dns, system: async () => [], a: async () => [] } }),
  },
  "a policy with a fault": {
    told: ["policy: fail"],
    what: /policy\.yaml:1:\d+ .*pigeon/,
    todo: /otpost routes check/,
    plant: (it) => policyOf(it, "default: [pigeon]\n"),
  },
  "another master key": {
    told: ["master-key: fail", "hook-seven: fail", "public-reports: fail"],
    what: /Redis is under master key [0-9a-f]{8}, and this one is [0-9a-f]{8}/,
    todo: /Put the right one back into MASTER_KEY/,
    plant: (it) => setting(it, { MASTER_KEY: Buffer.alloc(32, 9).toString("base64") }),
  },
  "a data directory that others can read": {
    told: ["data-dir: fail", "data-dir: fail"],
    what: /is open to other users/,
    todo: /chmod 700 /,
    plant: (it) => {
      chmodSync(it.env.DATA_DIR, 0o755);
      chmodSync(join(it.env.DATA_DIR, "master.key"), 0o644);
      const commands = (found: readonly Checked[]) => todoOf(found).split("\n");
      return {
        world: it.world,
        cure: async (found) => commands(found).forEach((command) => execSync(command)),
      };
    },
  },
  "a full disk": {
    told: ["data-dir: fail"],
    what: /50 MB are free/,
    todo: /du -sh/,
    plant: (it) => otherwise(it, { freeBytes: async () => 50 * 1_048_576 }),
  },
  "two routes on one account": {
    told: ["policy: warn", "routes: warn"],
    what: /all 2 routes of the default order share one account, seven/,
    todo: /HTTP_PROVIDERS/,
    plant: (it) => policyOf(it, "routes:\n  telegram-gateway:\n    account: seven\n"),
  },
  "one route only": {
    told: ["routes: warn"],
    what: /the default order has one route only, seven-sms/,
    todo: /HTTP_PROVIDERS/,
    plant: (it) => setting(it, { ROUTES: "seven-sms" }),
  },
  "the sandbox in production": {
    told: ["routes: fail"],
    what: /the sandbox is among the routes/,
    todo: /Take `sandbox` out of ROUTES/,
    plant: (it) =>
      setting(it, { NODE_ENV: "production", SANDBOX: "1", ROUTES: "sandbox,seven-sms,telegram-gateway" }),
  },
  "a client without limits": {
    told: ["limits: warn"],
    what: /nothing bounds what local may send/,
    todo: /otpost clients limits local --per-day 5000 --spend 20\.00 --countries DE,AT,CH/,
    plant: async (it) => {
      await admin(it).limit(CLIENT, { perDay: null, countries: null });
      const cure = () => admin(it).limit(CLIENT, { perDay: 5_000, countries: ["DE", "AT", "CH"] });
      return { world: it.world, cure };
    },
  },
  "no consent to Telegram": {
    told: ["consent: note"],
    what: /local has no consent to telegram recorded/,
    todo: /otpost clients consent local telegram --all --by/,
    plant: async (it) => {
      const vault = aVault(Buffer.alloc(32, 1));
      const consents = createConsentAdmin({ client: it.redis, keys: it.keys, vault, now: Date.now });
      await consents.withdraw(CLIENT, "telegram");
      return { world: it.world, cure: () => consents.recordAll(CLIENT, "telegram", "the test") };
    },
  },
  "nobody who is told of alerts": {
    told: ["alerts: warn"],
    what: /nobody is told of alerts/,
    todo: /Set ALERT_WEBHOOK_URL/,
    plant: (it) => setting(it, { ALERT_WEBHOOK_URL: "", ALERT_WEBHOOK_SECRET: "" }),
  },
  "a setting that cannot be used, and one that is none": {
    told: ["settings: fail", "settings: warn"],
    what: /SMS_SILENCE_MS: must be at least 1000/,
    todo: /Correct it/,
    plant: (it) => setting(it, { SMS_SILENCE_MS: "5", SEVEN_APIKEY: "typed-wrong" }),
  },
  "another program on the port": {
    told: ["listeners: fail"],
    what: /another program has port \d+ \(PORT\)/,
    todo: /set PORT to a free port/,
    plant: async (it) => {
      const server = createServer((_request, response) => response.end("hello"));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const world = { ...it.world, env: { ...it.env, PORT: String(port) } };
      return { world, cure: async () => server.close() };
    },
  },
  "keys of another program": {
    told: ["redis-keys: note"],
    what: /other programs keep keys there \(cache\)/,
    todo: /a Redis of its own/,
    plant: async (it) => {
      await it.redis.set("cache:1", "x");
      return { world: it.world, cure: () => it.redis.del("cache:1") };
    },
  },
};
