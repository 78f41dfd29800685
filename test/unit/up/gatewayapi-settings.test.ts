import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { httpProvidersFrom } from "../../../src/providers/http/from-env.ts";
import { gatewayapiSettings } from "../../../src/up/gatewayapi-settings.ts";

test("the settings make the shipped file a provider, in any directory", () => {
  const settings = gatewayapiSettings({ url: "http://127.0.0.1:8079", token: "any", secret: "any" });
  const { providers, faults } = httpProvidersFrom(settings, (path) => readFileSync(path, "utf8"));
  expect(faults).toEqual([]);
  expect(providers.map(({ name, rules }) => [name, rules.id])).toEqual([["gatewayapi", "gatewayapi-sms"]]);
  expect(settings.HTTP_PROVIDERS).toMatch(/^\/.*providers\/gatewayapi\.json$/);
});
