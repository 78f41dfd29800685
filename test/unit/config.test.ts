import { describe, expect, test } from "vitest";
import { ConfigFault, EXIT_CONFIG, readConfig, requireRealRoute } from "../../src/config.ts";

const KEYS = { SEVEN_API_KEY: "seven-key-of-the-operator", TELEGRAM_GATEWAY_TOKEN: "telegram-token-0815" };
const faultOf = (env: Record<string, string>): string => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigFault) return error.message;
    throw error;
  }
  throw new Error("The configuration was taken");
};

describe("a configuration", () => {
  test("has a default for everything but the keys of providers", () => {
    const config = readConfig({});
    expect(config).toMatchObject({ HOST: "127.0.0.1", PORT: 3000, OPERATOR_PORT: 3001, routes: [] });
    expect(config.REDIS_URL).toBeUndefined();
    expect(() => requireRealRoute(config)).toThrow(ConfigFault);
  });

  test("has a route for each provider with a key, in the providers' own order", () => {
    const config = readConfig(KEYS);
    expect(config.routes).toEqual(["seven-sms", "telegram-gateway"]);
    expect([...config.rules.routes.keys()]).toEqual(config.routes);
    expect(requireRealRoute(config)).toBe(config);
  });

  test("uses the sandbox only where ROUTES names it, and never for people", () => {
    expect(readConfig({ ...KEYS, SANDBOX: "1" }).routes).toEqual(["seven-sms", "telegram-gateway"]);
    const pretending = readConfig({ SANDBOX: "1", ROUTES: "sandbox" });
    expect(pretending.routes).toEqual(["sandbox"]);
    expect(() => requireRealRoute(pretending)).toThrow(ConfigFault);
  });

  test("takes the order of routes from ROUTES", () => {
    const config = readConfig({ ...KEYS, ROUTES: " telegram-gateway , seven-sms," });
    expect(config.routes).toEqual(["telegram-gateway", "seven-sms"]);
    expect(readConfig({ ...KEYS, ROUTES: "seven-sms" }).routes).toEqual(["seven-sms"]);
  });

  test("names a route in ROUTES whose provider has no key, or that nobody knows", () => {
    const message = faultOf({ SEVEN_API_KEY: "key", ROUTES: "seven-sms,telegram-gateway,pigeon" });
    expect(message).toContain("ROUTES: no provider with a key serves telegram-gateway");
    expect(message).toContain("ROUTES: no provider with a key serves pigeon");
    expect(message).not.toContain("serves seven-sms");
  });

  test("takes an alert webhook only with the key that signs, and neither with a password in it", () => {
    const url = "https://alerts.example/otpost?team=ops";
    const secret = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;
    const both = { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret };
    expect(readConfig(both)).toMatchObject(both);
    expect(readConfig({ ALERT_WEBHOOK_SECRET: secret }).ALERT_WEBHOOK_URL).toBeUndefined();
    expect(faultOf({ ALERT_WEBHOOK_URL: url })).toContain("ALERT_WEBHOOK_SECRET: set it together with");
    for (const wrong of ["ftp://a.example", "alerts.example", "https://user:pass@a.example/"]) {
      expect(faultOf({ ...both, ALERT_WEBHOOK_URL: wrong })).toContain(
        "ALERT_WEBHOOK_URL: must be an http(s)",
      );
    }
    for (const bytes of [23, 65]) {
      const wrong = `whsec_${Buffer.alloc(bytes, 1).toString("base64")}`;
      const message = faultOf({ ...both, ALERT_WEBHOOK_SECRET: wrong });
      expect(message).toContain("ALERT_WEBHOOK_SECRET: must be whsec_ and 24 to 64 bytes");
      expect(message).not.toContain(wrong);
    }
    expect(faultOf({ ...both, ALERT_WEBHOOK_SECRET: secret.slice(6) })).toContain("must be whsec_");
  });

  test("tells every fault at once, each with the name of its setting", () => {
    const message = faultOf({
      PORT: "http",
      OPERATOR_PORT: "70000",
      PUBLIC_URL: "ftp://otp.example",
      REDIS_URL: "http://redis.example",
      REDIS_PREFIX: "otpost",
      OPERATOR_TOKEN: "too-short",
      MASTER_KEY: "c2hvcnQ=",
      SMS_SILENCE_MS: "5",
      RECIPIENT_LIMIT_DAY: "-1",
      OUTBOUND_PROXY: "socks5://proxy",
      LOG_LEVEL: "loud",
      LOG_FORMAT: "xml",
      SEVEN_API_KEY: "key with blanks",
      TELEGRAM_GATEWAY_TOKEN: "tab\tinside",
      ROUTES: "pigeon",
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
    });
    const named = message
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(":")[0]);
    expect(new Set(named)).toEqual(
      new Set([
        "PORT",
        "OPERATOR_PORT",
        "PUBLIC_URL",
        "REDIS_URL",
        "REDIS_PREFIX",
        "OPERATOR_TOKEN",
        "MASTER_KEY",
        "SMS_SILENCE_MS",
        "RECIPIENT_LIMIT_DAY",
        "OUTBOUND_PROXY",
        "LOG_LEVEL",
        "LOG_FORMAT",
        "SEVEN_API_KEY",
        "TELEGRAM_GATEWAY_TOKEN",
        "NODE_TLS_REJECT_UNAUTHORIZED",
        "ROUTES",
      ]),
    );
  });

  test.each([
    ["SEVEN_API_KEY", "hunter2 hunter2"],
    ["TELEGRAM_GATEWAY_TOKEN", "hunter2 hunter2"],
    ["OPERATOR_TOKEN", "hunter2"],
    ["MASTER_KEY", "hunter2"],
    ["REDIS_URL", "http://user:hunter2@redis"],
    ["OUTBOUND_PROXY", "socks5://user:hunter2@proxy"],
    ["PUBLIC_URL", "hunter2"],
    ["LOG_LEVEL", "hunter2"],
    ["PORT", "hunter2"],
  ])("a fault of %s does not show its value", (name, value) => {
    const message = faultOf({ [name]: value });
    expect(message).toContain(`${name}: `);
    expect(message).not.toContain("hunter2");
  });

  test("takes an empty or blank setting as one that is not there", () => {
    const names = [
      "PORT",
      "REDIS_URL",
      "ROUTES",
      "MASTER_KEY",
      "OPERATOR_TOKEN",
      "SEVEN_API_KEY",
      "LOG_LEVEL",
    ];
    for (const blank of ["", "  "]) {
      const config = readConfig(Object.fromEntries(names.map((name) => [name, blank])));
      expect(config).toMatchObject({ PORT: 3000, LOG_LEVEL: "info", routes: [], providers: [] });
      expect(config.MASTER_KEY).toBeUndefined();
    }
  });

  test("is frozen", () => {
    const config = readConfig(KEYS);
    expect(() => Object.assign(config, { PORT: 1 })).toThrow(TypeError);
  });

  test.each([
    ["hex", Buffer.alloc(32, 0xab).toString("hex")],
    ["base64", Buffer.alloc(32, 0xab).toString("base64")],
    ["base64url", Buffer.alloc(32, 0xfb).toString("base64url")],
  ])("takes a master key in %s", (_, key) => {
    expect(readConfig({ MASTER_KEY: key }).MASTER_KEY).toHaveLength(32);
  });

  test("takes several old master keys, and none by default", () => {
    const [a, b] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const MASTER_KEY_OLD = `${a.toString("hex")}, ${b.toString("base64")}`;
    expect(readConfig({ MASTER_KEY_OLD }).MASTER_KEY_OLD).toEqual([a, b]);
    expect(readConfig({}).MASTER_KEY_OLD).toEqual([]);
    expect(() => readConfig({ MASTER_KEY_OLD: `${a.toString("hex")},hunter2` })).toThrow("MASTER_KEY_OLD");
  });

  test("silence is set for each kind of route", () => {
    const config = readConfig({ ...KEYS, SMS_SILENCE_MS: "20000", TELEGRAM_SILENCE_MS: "7000" });
    expect(config.rules.routes.get("seven-sms")?.silenceMs).toBe(20_000);
    expect(config.rules.routes.get("telegram-gateway")?.silenceMs).toBe(7_000);
  });

  test("silence is set for countries, by calling code and for every kind of SMS", () => {
    const { rules } = readConfig({ ...KEYS, SMS_SILENCE_MS_BY_COUNTRY: "49:20000, 1:45000" });
    const known = new Map([
      ["49", 20_000],
      ["1", 45_000],
    ]);
    expect(rules.routes.get("seven-sms")).toMatchObject({ silenceMs: 30_000, silenceMsByCallingCode: known });
    expect(rules.routes.get("telegram-gateway")?.silenceMsByCallingCode).toBeUndefined();
    expect(readConfig(KEYS).rules.routes.get("seven-sms")?.silenceMsByCallingCode).toBeUndefined();
  });

  test.each([
    ["49", "entry 1 must be a calling code, a colon and ms, such as 49:20000"],
    ["49:20s", "entry 1 must be a calling code"],
    ["+49:20000", "entry 1 must be a calling code"],
    ["49:20000:1", "entry 1 must be a calling code"],
    ["49:20000,999:20000", "entry 2 begins with digits that are no country's calling code"],
    ["4:20000", "entry 1 begins with digits that are no country's calling code"],
    ["49:999", "entry 1 has a silence that must be at least 1000"],
    ["49:600001", "entry 1 has a silence that must be at most 600000"],
    ["49:20000,1:45000,49:30000", "entry 3 repeats the calling code of an earlier one"],
  ])("a silence by country of %s is refused with a reason", (value, reason) => {
    expect(faultOf({ SMS_SILENCE_MS_BY_COUNTRY: value })).toContain(`SMS_SILENCE_MS_BY_COUNTRY: ${reason}`);
  });

  test("removes the slash at the end of a public URL and takes a path", () => {
    expect(readConfig({ PUBLIC_URL: "https://otp.example/base//" }).PUBLIC_URL).toBe(
      "https://otp.example/base",
    );
    expect(faultOf({ PUBLIC_URL: "https://otp.example/?a=1" })).toContain("PUBLIC_URL");
  });

  test.each(["redis://h:6379", "rediss://user:p%40ss@h:6380/2"])("takes %s", (url) => {
    expect(readConfig({ REDIS_URL: url }).REDIS_URL).toBe(url);
  });

  test("a fault ends the program with EX_CONFIG", () => {
    expect(EXIT_CONFIG).toBe(78);
  });
});
