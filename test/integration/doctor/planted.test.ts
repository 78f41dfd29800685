import { execSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Checked } from "../../../src/doctor/finding.ts";
import { repairsOf } from "../../../src/doctor/installation/hooks.ts";
import type { World } from "../../../src/doctor/installation/world.ts";
import { createClientAdmin } from "../../../src/redis/client-admin.ts";
import { createConsentAdmin } from "../../../src/redis/consent-admin.ts";
import { issuedBy } from "../../support/certificate.ts";
import { freePort } from "../../support/ports.ts";
import { closeAll, leftovers, NOTHING_LEFT } from "../../support/service.ts";
import { aVault } from "../../support/vault.ts";
import { anInstallation, authority, CLIENT, examined, HOST, type Installed, unwell } from "./installed.ts";

let it: Installed;
beforeAll(async () => {
  it = await anInstallation();
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

type Planted = { world: World; cure: (found: readonly Checked[]) => Promise<unknown> };
type Fault = {
  /** What is told, all of it, as `check: level`. */
  told: string[];
  what: RegExp;
  todo: RegExp;
  /** @returns the world with the fault, and the cure, which does what the finding says */
  plant: () => Planted | Promise<Planted>;
};

/** For faults of a port or setting: with the right one the world is as it was. */
const otherwise = (changed: Partial<World>): Planted => ({
  world: { ...it.world, ...changed },
  cure: async () => undefined,
});
const setting = (changed: Record<string, string>) => otherwise({ env: { ...it.env, ...changed } });

/** In Redis itself; the cure is the command that the finding names. */
async function configured(name: string, value: string): Promise<Planted> {
  await it.redis.config("SET", name, value);
  const cure = async (found: readonly Checked[]) => {
    const [, setting_ = "", to = ""] = /CONFIG SET (\S+) ([^\s,]+),/.exec(todoOf(found)) ?? [];
    await it.redis.config("SET", setting_, to);
  };
  return { world: it.world, cure };
}

const todoOf = (found: readonly Checked[]) =>
  found.flatMap((one) => (one.level === "ok" ? [] : [one.todo])).join("\n");

/** What `otpost doctor --repair --yes` does. */
async function repair(): Promise<void> {
  await examined(it.world, async ({ registrations }) => {
    const signal = AbortSignal.timeout(10_000);
    for (const { hooks, url = "", ...rest } of registrations) {
      const repairs = repairsOf((await hooks.list(signal)) ?? [], { ...rest, url });
      for (const one of repairs) {
        const done = "add" in one ? hooks.add(one.add, signal) : hooks.remove(one.remove, signal);
        expect(await done).toBe(true);
      }
    }
  });
}

async function withoutHooks(other?: string): Promise<Planted> {
  const headers = { "x-api-key": it.env.SEVEN_API_KEY };
  const url = `${it.twins.seven.url}/api/hooks`;
  const { hooks } = (await (await fetch(url, { headers })).json()) as { hooks: { id: string }[] };
  for (const { id } of hooks) await fetch(`${url}?id=${id}`, { method: "DELETE", headers });
  if (other !== undefined) await it.hook(other);
  return { world: it.world, cure: repair };
}

function policyOf(text: string): Planted {
  const POLICY = join(it.env.DATA_DIR, "policy.yaml");
  writeFileSync(POLICY, text, { mode: 0o600 });
  return {
    world: { ...it.world, env: { ...it.env, POLICY } },
    cure: async () => rmSync(POLICY),
  };
}

const admin = () => createClientAdmin({ client: it.redis, keys: it.keys, now: Date.now });

const FAULTS: Record<string, Fault> = {
  "a Node that is too old": {
    told: ["node: fail"],
    what: /Node 18\.20\.0 is too old/,
    todo: /Install Node 24/,
    plant: () => otherwise({ nodeVersion: "18.20.0" }),
  },
  "maxmemory-policy allkeys-lru": {
    told: ["redis-eviction: fail"],
    what: /maxmemory-policy is allkeys-lru/,
    todo: /CONFIG SET maxmemory-policy noeviction/,
    plant: () => configured("maxmemory-policy", "allkeys-lru"),
  },
  "no append-only file": {
    told: ["redis-aof: fail"],
    what: /append-only file is off/,
    todo: /CONFIG SET appendonly yes/,
    plant: () => configured("appendonly", "no"),
  },
  "memory nearly full": {
    told: ["redis-memory: fail"],
    what: /MB are used \((9\d|10\d) %\)/,
    todo: /CONFIG SET maxmemory \d+mb/,
    plant: async () => {
      const used = Number(/used_memory:(\d+)/.exec(await it.redis.info("memory"))?.[1]);
      return configured("maxmemory", String(Math.round(used * 1.07)));
    },
  },
  "a clock that is 40 s ahead": {
    told: ["redis-clock: fail", "clock-seven: fail", "clock-telegram-gateway: fail"],
    what: /Redis' clock is (39|40)\.\d s behind ours/,
    todo: /timedatectl set-ntp true/,
    plant: () => otherwise({ now: () => Date.now() + 40_000 }),
  },
  "a wrong key of seven's": {
    told: ["key-seven: fail", "hook-seven: warn"],
    what: /seven refuses the account \(900\)/,
    todo: /Set SEVEN_API_KEY/,
    plant: () => setting({ SEVEN_API_KEY: "not-the-key" }),
  },
  "a wrong token of Telegram's": {
    told: ["key-telegram-gateway: fail"],
    what: /telegram-gateway refuses the account \(ACCESS_TOKEN_INVALID\)/,
    todo: /Set TELEGRAM_GATEWAY_TOKEN/,
    plant: () => setting({ TELEGRAM_GATEWAY_TOKEN: "not-the-token" }),
  },
  "an empty account": {
    told: ["key-seven: fail"],
    what: /0\.00 EUR are left/,
    todo: /Charge the account at seven/,
    plant: () => {
      it.twins.seven.faults.set({ balance: 0 });
      return { world: it.world, cure: async () => it.twins.seven.faults.reset() };
    },
  },
  "a provider that is away": {
    told: ["key-seven: fail", "hook-seven: warn"],
    what: /seven cannot be reached \(connect\)/,
    todo: /Let this machine call out/,
    plant: async () => setting({ SEVEN_BASE_URL: `http://127.0.0.1:${await freePort()}` }),
  },
  "no hook": {
    told: ["hook-seven: fail"],
    what: /no hook is registered at seven/,
    todo: /otpost doctor --repair/,
    plant: () => withoutHooks(),
  },
  "a hook to another address": {
    told: ["hook-seven: fail"],
    what: /leads to https:\/\/old\.example\.org\/reports\/seven\/\*\*\*, not to/,
    todo: /otpost doctor --repair, or set PUBLIC_URL right/,
    plant: () => withoutHooks("https://old.example.org/reports/seven/token-of-another"),
  },
  "a hook with a token that is not taken": {
    told: ["hook-seven: fail"],
    what: /the hook at seven has a token that is not taken/,
    todo: /otpost doctor --repair/,
    plant: () => withoutHooks(`https://${HOST}/reports/seven/token-of-before`),
  },
  "a public address where nothing answers": {
    told: ["public-url: fail", "public-tls: fail"],
    what: /otpost does not answer at otp\.example\.org \(ECONNREFUSED\)/,
    todo: /curl -i https:\/\/otp\.example\.org\/livez/,
    plant: async () => {
      await it.door.shut();
      return { world: it.world, cure: () => it.door.open() };
    },
  },
  "a certificate that ended": {
    told: ["public-tls: fail"],
    what: /the certificate ended on/,
    todo: /Renew it/,
    plant: async () => {
      await it.door.open(issuedBy(authority, HOST, { until: new Date(Date.now() - 86_400_000) }));
      return { world: it.world, cure: () => it.door.open() };
    },
  },
  "a name that leads nowhere": {
    told: ["public-url: fail"],
    what: /otp\.example\.org leads nowhere/,
    todo: /A or AAAA record/,
    plant: () => otherwise({ dns: { ...it.world.dns, system: async () => [], a: async () => [] } }),
  },
  "a policy with a fault": {
    told: ["policy: fail"],
    what: /policy\.yaml:1:\d+ .*pigeon/,
    todo: /otpost routes check/,
    plant: () => policyOf("default: [pigeon]\n"),
  },
  "another master key": {
    told: ["master-key: fail", "hook-seven: fail", "public-reports: fail"],
    what: /Redis is under master key [0-9a-f]{8}, and this one is [0-9a-f]{8}/,
    todo: /Put the right one back into MASTER_KEY/,
    plant: () => setting({ MASTER_KEY: Buffer.alloc(32, 9).toString("base64") }),
  },
  "a data directory that others can read": {
    told: ["data-dir: fail", "data-dir: fail"],
    what: /is open to other users/,
    todo: /chmod 700 /,
    plant: () => {
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
    plant: () => otherwise({ freeBytes: async () => 50 * 1_048_576 }),
  },
  "two routes on one account": {
    told: ["policy: warn", "routes: warn"],
    what: /all 2 routes of the default order share one account, seven/,
    todo: /HTTP_PROVIDERS/,
    plant: () => policyOf("routes:\n  telegram-gateway:\n    account: seven\n"),
  },
  "one route only": {
    told: ["routes: warn"],
    what: /the default order has one route only, seven-sms/,
    todo: /HTTP_PROVIDERS/,
    plant: () => setting({ ROUTES: "seven-sms" }),
  },
  "the sandbox in production": {
    told: ["routes: fail"],
    what: /the sandbox is among the routes/,
    todo: /Take `sandbox` out of ROUTES/,
    plant: () =>
      setting({ NODE_ENV: "production", SANDBOX: "1", ROUTES: "sandbox,seven-sms,telegram-gateway" }),
  },
  "a client without limits": {
    told: ["limits: warn"],
    what: /nothing bounds what local may send/,
    todo: /otpost clients limits local --per-day 5000 --spend 20\.00 --countries DE,AT,CH/,
    plant: async () => {
      await admin().limit(CLIENT, { perDay: null, countries: null });
      const cure = () => admin().limit(CLIENT, { perDay: 5_000, countries: ["DE", "AT", "CH"] });
      return { world: it.world, cure };
    },
  },
  "no consent to Telegram": {
    told: ["consent: note"],
    what: /local has no consent to telegram recorded/,
    todo: /otpost clients consent local telegram --all --by/,
    plant: async () => {
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
    plant: () => setting({ ALERT_WEBHOOK_URL: "", ALERT_WEBHOOK_SECRET: "" }),
  },
  "a setting that cannot be used, and one that is none": {
    told: ["settings: fail", "settings: warn"],
    what: /SMS_SILENCE_MS: must be at least 1000/,
    todo: /Correct it/,
    plant: () => setting({ SMS_SILENCE_MS: "5", SEVEN_APIKEY: "typed-wrong" }),
  },
  "another program on the port": {
    told: ["listeners: fail"],
    what: /another program has port \d+ \(PORT\)/,
    todo: /set PORT to a free port/,
    plant: async () => {
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
    plant: async () => {
      await it.redis.set("cache:1", "x");
      return { world: it.world, cure: () => it.redis.del("cache:1") };
    },
  },
};

test("a healthy installation has no finding at all", async () => {
  const found = await examined(it.world);
  expect(unwell(found)).toEqual([]);
  expect(found.length).toBeGreaterThan(20);
});

describe("a planted fault is told with its cure, and goes with it:", () => {
  test.each(Object.keys(FAULTS))("%s", async (name) => {
    const { told, what, todo, plant } = FAULTS[name]!;
    const { world, cure } = await plant();
    const found = await examined(world);
    expect(unwell(found)).toEqual(told);
    const bad = found.filter(({ level }) => level !== "ok");
    expect(bad.map((one) => one.what).join("\n")).toMatch(what);
    expect(todoOf(bad)).toMatch(todo);

    await cure(bad);
    expect(unwell(await examined(it.world))).toEqual([]);
  });
});

test("a Redis that is away is one finding, and takes no other check along", async () => {
  const env = { ...it.env, REDIS_URL: `redis://127.0.0.1:${await freePort()}` };
  const found = await examined({ ...it.world, env });
  expect(unwell(found)).toEqual(["redis: fail"]);
  expect(found.map(({ check }) => check)).toEqual(
    expect.arrayContaining(["key-seven", "hook-seven", "public-reports", "listeners"]),
  );
});

test("what hangs is left when the time is over, and the rest is told", async () => {
  const never = () => new Promise<string[]>(() => undefined);
  const world = { ...it.world, dns: { ...it.world.dns, system: never } };
  const found = await examined(world, (made) => made.run(4_000));
  expect(unwell(found)).toEqual(["public-url: warn", "public-tls: warn", "public-reports: warn"]);
});

test("no finding holds a key, a token or the secret end of an address", async () => {
  const { REDIS_URL: _given, ...env } = it.env;
  const secrets = [env.SEVEN_API_KEY, env.SEVEN_SIGNING_KEY, env.TELEGRAM_GATEWAY_TOKEN, "secret-path"];
  secrets.push(it.reportUrl.split("/").at(-1)!, "token-of-before");
  const { world, cure } = await withoutHooks(`https://${HOST}/reports/seven/token-of-before`);
  const text = JSON.stringify(await examined(world));
  await cure([]);
  for (const secret of secrets) expect(text).not.toContain(secret);
});

test("a look changes nothing where nothing is yet", async () => {
  const DATA_DIR = join(it.env.DATA_DIR, "none");
  const { REDIS_URL: _given, ...env } = it.env;
  const found = await examined({ ...it.world, env: { ...env, DATA_DIR } });
  expect(unwell(found)).toContain("redis: fail");
  expect(() => mkdirSync(DATA_DIR)).not.toThrow();
  rmSync(DATA_DIR, { recursive: true });
});
