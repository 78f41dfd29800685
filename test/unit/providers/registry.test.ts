import { expect, it } from "vitest";
import { configuredProviders, PROVIDERS } from "../../../src/providers/registry.ts";

const SEVEN = { SEVEN_API_KEY: "key" };

it("names, routes and keys are unique, and each key is one of its settings", () => {
  for (const field of ["name", "routeId", "key"] as const) {
    const values = PROVIDERS.map((definition) => definition[field]);
    expect(new Set(values).size).toBe(values.length);
  }
  for (const { key, settings } of PROVIDERS) expect(Object.keys(settings.shape)).toContain(key);
});

it("a route exists only with its key, in the order of the registry", () => {
  const names = (env: Record<string, string>) => configuredProviders(env).providers.map(({ name }) => name);
  expect(names({})).toEqual([]);
  expect(names({ SEVEN_SENDER: "Acme", SANDBOX: "" })).toEqual([]);
  expect(names({ SANDBOX: "1", TELEGRAM_GATEWAY_TOKEN: "t", ...SEVEN })).toEqual([
    "seven",
    "telegram-gateway",
    "sandbox",
  ]);
});

it.each([
  [{}, 10],
  [{ SEVEN_MAX_PER_SECOND: "0" }, 0],
  [{ SEVEN_HEADROOM: "0" }, 10],
  [{ SEVEN_HEADROOM: "0.3" }, 7],
  [{ SEVEN_HEADROOM: ".9", SEVEN_MAX_PER_SECOND: "1" }, 0.1],
  [{ SEVEN_HEADROOM: "0.5", SEVEN_MAX_PER_SECOND: "0" }, 0],
  [{ SEVEN_MAX_PER_SECOND: "1000" }, 1_000],
])("the lane's pace comes from the settings: %o", (env, perSecond) => {
  const provider = configuredProviders({ ...SEVEN, ...env }).providers[0];
  expect(provider?.lane).toEqual({ perSecond, concurrency: 64 });
  // Expected waits are reckoned with it as well.
  expect(provider?.rules.perSecond).toBe(perSecond);
});

it.each([
  ["SEVEN_MAX_PER_SECOND", "1001"],
  ["SEVEN_MAX_PER_SECOND", "1e3"],
  ["SEVEN_MAX_PER_SECOND", "-1"],
  ["SEVEN_HEADROOM", "0.91"],
  ["SEVEN_HEADROOM", "1"],
  ["SEVEN_HEADROOM", "-0.1"],
  ["SEVEN_HEADROOM", "20 %"],
  ["SEVEN_SENDER", "far too long a name"],
  ["SEVEN_SENDER", "12345678901234567"],
  ["SEVEN_SENDER", "Acme\u00fc"],
  ["SEVEN_BASE_URL", "http://gateway.seven.io"],
  ["SEVEN_BASE_URL", "https://user:pass@gateway.seven.io"],
  ["SEVEN_BASE_URL", "https://gateway.seven.io/?key=1"],
  ["SEVEN_BASE_URL", "gateway.seven.io"],
  ["SEVEN_API_KEY", "two words"],
  ["SEVEN_SIGNING_KEY", "one,,two"],
  ["SEVEN_SIGN_REQUESTS", "yes"],
])("%s=%s is a fault that does not quote it", (key, value) => {
  const { providers, faults } = configuredProviders({ ...SEVEN, [key]: value });
  expect(providers).toEqual([]);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(new RegExp(`^${key}(\\.\\d+)?: must `));
  expect(faults[0]).not.toContain(value);
});

it.each([
  "https://gateway.seven.io/api",
  "https://gateway.seven.io/",
  "http://127.0.0.1:4010",
  "http://[::1]:4010",
  "http://localhost:4010",
  "http://twin:4010",
])("base URL %s is taken", (url) => {
  expect(configuredProviders({ ...SEVEN, SEVEN_BASE_URL: url }).faults).toEqual([]);
});

it.each(["Acme", "+4915112345678", "4915112345678", "A & B (1)"])("sender %s is taken", (sender) => {
  expect(configuredProviders({ ...SEVEN, SEVEN_SENDER: sender }).faults).toEqual([]);
});
