import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { httpProvidersFrom } from "../../../../src/providers/http/from-env.ts";
import { ROOT } from "../../../support/readme.ts";

const GATEWAYAPI = readFileSync(join(ROOT, "providers/gatewayapi.json"), "utf8");
const SECRETS = {
  GATEWAYAPI_TOKEN: "token-5e55",
  GATEWAYAPI_WEBHOOK_SECRET: "hook-secret-77",
  GATEWAYAPI_SENDER: "Acme",
};

const files: Record<string, string> = {
  "gatewayapi.json": GATEWAYAPI,
  "seven.json": GATEWAYAPI.replace('"gatewayapi",', '"seven",'),
  "second.json": GATEWAYAPI.replace('"name": "gatewayapi"', '"name": "second"'),
  "broken.json": "{",
};

function read(path: string): string {
  const text = files[path];
  if (text === undefined) throw new Error(`ENOENT, with a secret in it: ${SECRETS.GATEWAYAPI_TOKEN}`);
  return text;
}

function found(HTTP_PROVIDERS: string | undefined, env: Record<string, string> = SECRETS) {
  return httpProvidersFrom({ HTTP_PROVIDERS, ...env }, read);
}

it("is nothing without the variable", () => {
  for (const list of [undefined, "", " , "]) expect(found(list)).toEqual({ providers: [], faults: [] });
});

it("makes a route of each file, beside the built-in ones", () => {
  const { providers, faults } = found(" gatewayapi.json ,");
  expect(faults).toEqual([]);
  expect(providers.map(({ name, rules, lane }) => ({ name, rules, lane }))).toEqual([
    {
      name: "gatewayapi",
      rules: {
        id: "gatewayapi-sms",
        channel: "sms",
        provider: "gatewayapi",
        silenceMs: 30_000,
        canLookUp: false,
        canReadStatus: false,
        needsConsent: false,
        account: "gatewayapi",
        perSecond: 10,
        maxWaitMs: 8_000,
        reach: 1,
        lockMs: 0,
        reports: "push",
      },
      lane: { perSecond: 10, concurrency: 32 },
    },
  ]);
});

it("names file, place and variable in every fault, and takes the other files", () => {
  const { providers, faults } = found("missing.json, broken.json, gatewayapi.json", {
    ...SECRETS,
    GATEWAYAPI_SENDER: " ",
  });
  expect(providers).toEqual([]);
  expect(faults).toEqual([
    "HTTP_PROVIDERS: missing.json: cannot be read",
    expect.stringMatching(/^HTTP_PROVIDERS: broken\.json: \/: is not JSON/),
    "HTTP_PROVIDERS: gatewayapi.json: GATEWAYAPI_SENDER: is not set, but /sender needs it",
  ]);
  for (const secret of Object.values(SECRETS)) expect(JSON.stringify(faults)).not.toContain(secret);
});

it("refuses a name or route that is taken", () => {
  expect(found("seven.json").faults).toEqual(["HTTP_PROVIDERS: seven.json: /name: seven is taken"]);
  const twice = found("gatewayapi.json,second.json");
  expect(twice.providers).toHaveLength(1);
  expect(twice.faults).toEqual(["HTTP_PROVIDERS: second.json: /route: gatewayapi-sms is taken"]);
});
