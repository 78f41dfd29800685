import { afterAll, afterEach, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { call } from "../support/http-client.ts";
import { startRedisProcess } from "../support/redis-process.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, outputOf, startUp } from "../support/service.ts";

afterEach(closeAll);
afterAll(async () => expect(await leftovers()).toEqual(NOTHING_LEFT));

const HTML = { accept: "text/html" };

test.each([
  ["stopped", "SIGTERM"],
  ["hanging", "SIGSTOP"],
] as const)(
  "Redis %s and the identity provider away: the break-glass login works, and the log notes it",
  async (_name, signal) => {
    const redis = await startRedisProcess();
    const env = { REDIS_URL: redis.url, DATA_DIR: freshDir() };
    const service = await startUp({
      ...env,
      OPERATOR_URL: "http://127.0.0.1:9",
      OIDC_ISSUER: "http://127.0.0.1:9/nobody",
      OIDC_CLIENT_ID: "otpost",
      OIDC_ROLES: "admins=admin",
    });
    const { operatorUrl, operatorToken } = service.ready;
    const added = await outputOf(["operators", "add", "kim", "--role", "admin", "--json"], env);
    const kim = (JSON.parse(added.stdout) as { token: string }).token;
    const logIn = (token: string) =>
      call(`${operatorUrl}/login`, {
        method: "POST",
        headers: { ...HTML, "sec-fetch-site": "same-origin" },
        body: new URLSearchParams({ token }),
      });
    if (signal === "SIGSTOP") redis.signal(signal);
    else await redis.stop(signal);
    await eventually(async () => expect((await call(`${operatorUrl}/readyz`)).status).toBe(503));

    const away = await call(`${operatorUrl}/login/sso`, { headers: HTML });
    expect([away.status, away.text.includes("OPERATOR_TOKEN")]).toEqual([503, true]);
    const unknown = await logIn(kim);
    expect([unknown.status, unknown.text.includes("OPERATOR_TOKEN")]).toEqual([503, true]);
    const known = await logIn(operatorToken);
    expect(known.status).toBe(303);
    const cookie = known.headers.get("set-cookie")!.split(";")[0]!;
    for (const path of ["/", "/operators", "/audit"]) {
      const page = await call(operatorUrl + path, { headers: { ...HTML, cookie } });
      expect([path, page.status, page.text.includes("Redis cannot be read")]).toEqual([path, 200, true]);
    }
    const log = service.process.stderr();
    expect(log).toMatch(/"event":"audit\.lost"/);
    expect(log).toMatch(/"what":"break_glass".*"event":"alert\.raised"/);
    if (signal === "SIGSTOP") redis.signal("SIGCONT");
  },
);
