import { expect, it } from "vitest";
import { PROVIDERS } from "../../src/providers/registry.ts";
import { providerSuite } from "./provider-suite.ts";
import { sandboxBench } from "./providers/sandbox.ts";
import { sevenBench } from "./providers/seven.ts";
import { telegramGatewayBench } from "./providers/telegram-gateway.ts";

const BENCHES = [sevenBench, telegramGatewayBench, sandboxBench];

it("every provider of the registry is held by the suite", () => {
  expect(BENCHES.map((bench) => bench.definition)).toEqual(PROVIDERS);
});

for (const bench of BENCHES) providerSuite(bench);
