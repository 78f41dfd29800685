import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { createApiClient, plainNumber, sendMany } from "../support/http-client.ts";
import { eventually } from "../support/eventually.ts";
import { startRedisProcess } from "../support/redis-process.ts";
import { createInstallation } from "../support/roles.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, outputOf, startUp } from "../support/service.ts";
import { exactlyOnce, startTwinProcess } from "../support/twin-process.ts";

const KEYS = { SEVEN_API_KEY: "seven-key", TELEGRAM_GATEWAY_TOKEN: "telegram-token" };
const SEVEN_FIRST = "default: [seven-sms, telegram-gateway]\n";

afterEach(closeAll);
afterAll(async () => expect(await leftovers()).toEqual(NOTHING_LEFT));

/** As editors do it: another file takes the place of the first. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

describe("the policy at the command line", () => {
  test("check, explain and diff tell what a file would do; faults end with 1", async () => {
    const file = join(freshDir(), "policy.yaml");
    const env = { ...KEYS, POLICY: "" };
    writeFileSync(file, "plans:\n  - { country: 43, routes: [telegram-gateway] }\n");
    const checked = await outputOf(["routes", "check", file], env);
    expect(checked).toMatchObject({ code: 0 });
    expect(checked.stdout).toMatch(/warning: .*2:28 plans\/0\/routes holds only routes that need consent/);
    expect((await outputOf(["routes", "diff", file], env)).stdout).toBe(
      "plan of other clients, country 43: seven-sms, telegram-gateway -> telegram-gateway\n",
    );
    const told = await outputOf(["routes", "explain", "+436641234567"], { ...env, POLICY: file });
    expect(told.stdout).toContain("Plan    country 43 (country 43, purpose login)");
    expect(told.stdout).not.toContain("664123");

    writeFileSync(file, "default: [seven-smss]\n");
    for (const verb of ["check", "diff"]) {
      const { code, stderr } = await outputOf(["routes", verb, file], env);
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining("1:11 default/0 there is no route seven-smss"),
      ]);
    }
  });

  test("a process does not start with a file that has faults", async () => {
    const file = join(freshDir(), "policy.yaml");
    writeFileSync(file, "default: []\n");
    const { code, stderr } = await outputOf(["serve"], { ...KEYS, POLICY: file, DATA_DIR: freshDir() });
    expect(code).toBe(78);
    expect(stderr).toContain(`${file}:1:10 default is empty`);
  });
});

describe("a policy that changes while codes are sent", () => {
  test("at 100 a second loses nothing and doubles nothing, and faults change nothing", async () => {
    const twins = await startTwinProcess();
    const redis = await startRedisProcess();
    const file = join(freshDir(), "policy.yaml");
    writeFileSync(file, SEVEN_FIRST);
    const env = { ...twins.env, REDIS_URL: redis.url, POLICY: file };
    const installation = await createInstallation(env);
    const api = await installation.addClient("load", "--telegram-consent", "by the test");
    const processes = [await installation.serve(), await installation.work(), await installation.work()];
    await twins.hook(installation.reportUrl);

    const changes = [
      "default: [telegram-gateway, seven-sms]\n",
      "routes:\n  seven-sms: { perSecond: 60, headroom: 0.1 }\ndefault: [seven-sms]\n",
      "default: [seven-smss]\n",
      "routes:\n  telegram-gateway: { use: false }\n",
      "plans:\n  - { country: 49, routes: [telegram-gateway, seven-sms] }\n",
      "routes:\n  telegram-gateway: { account: seven, perSecond: 200 }\n  seven-sms: { perSecond: 200 }\n",
    ];
    const sent: Promise<string[]>[] = [];
    const startedAt = performance.now();
    let changed = 0;
    while (sent.length < 600) {
      const due = (performance.now() - startedAt) / 10;
      while (sent.length < due && sent.length < 600) {
        // A call that a slow machine does not answer in time is made again, as callers do.
        sent.push(sendMany(api, [{ to: plainNumber(sent.length, 52), code: "482913" }], 1));
      }
      if (changed < changes.length && sent.length > changed * 90 + 40) replace(file, changes[changed++]!);
      await sleep(10);
    }
    expect(new Set((await Promise.all(sent)).flat()).size).toBe(600);

    await eventually(
      async () => expect(exactlyOnce(await twins.accepted())).toEqual({ recipients: 600, otherwise: [] }),
      { timeoutMs: 60_000 },
    );
    await eventually(
      async () => expect(await api.metric('otp_policy_reload_total{result="applied"}')).toBeGreaterThan(1),
      { timeoutMs: 10_000 },
    );
    for (const one of processes) {
      await eventually(() => expect(one.stdout()).toContain('"outcome":"applied"'), { timeoutMs: 10_000 });
    }
    const providers = new Set((await twins.accepted()).map(({ provider }) => provider));
    expect(providers.size).toBe(2);
  });

  test("SIGHUP and the file itself bring it; a bad one is refused, told and shown until it is mended", async () => {
    const file = join(freshDir(), "policy.yaml");
    writeFileSync(file, SEVEN_FIRST);
    const { ready, process: up } = await startUp({ DATA_DIR: freshDir(), POLICY: file });
    const api = createApiClient(ready);
    const policy = async () => {
      const answer = await fetch(`${ready.operatorUrl}/readyz`);
      const { checks } = (await answer.json()) as { checks: Record<string, string> };
      return [answer.status, checks["policy"]];
    };
    expect(await policy()).toEqual([200, expect.stringMatching(/^ok, [0-9a-f]{12}, in force for \d+ s$/)]);

    replace(file, "default: [seven-sms, pigeon]\n");
    up.kill("SIGHUP");
    await eventually(async () =>
      expect(await policy()).toEqual([
        200,
        expect.stringMatching(/^degraded: .*policy.yaml has faults, [0-9a-f]{12}/),
      ]),
    );
    expect(up.stdout() + up.stderr()).toContain("1:22 default/1 there is no route pigeon");
    expect(await api.metric('otp_alerts_total{alert="policy_refused"}')).toBe(1);
    await api.send({ to: plainNumber(1, 53), code: "482913" });

    replace(file, "routes:\n  telegram-gateway: { use: false }\n");
    await eventually(async () => expect(await policy()).toEqual([200, expect.stringMatching(/^ok, /)]), {
      timeoutMs: 5_000,
    });
    const refused = await api.post({ to: plainNumber(2, 53), code: "482913", routes: ["telegram-gateway"] });
    expect(refused.json).toMatchObject({ code: "unknown_route" });
  });
});
