import { expect, it } from "vitest";
import { PROVIDERS } from "../../src/providers/registry.ts";
import { SHIPPED_FILES } from "../support/provider-files.ts";
import { providerSuite } from "./provider-suite.ts";
import { gatewayapiBench } from "./providers/gatewayapi.ts";
import { plaudertascheBench } from "./providers/plaudertasche.ts";
import { sandboxBench } from "./providers/sandbox.ts";
import { sevenBench } from "./providers/seven.ts";
import { telegramGatewayBench } from "./providers/telegram-gateway.ts";

const BENCHES = [sevenBench, telegramGatewayBench, sandboxBench];

it("every provider of the registry is held by the suite", () => {
  expect(BENCHES.map((bench) => bench.definition)).toEqual(PROVIDERS);
});

/** Providers that are files; the last one is invented and proves that the format is general. */
const FILE_BENCHES = [gatewayapiBench, plaudertascheBench];

it("every provider file that is shipped is held by the suite", () => {
  const held = FILE_BENCHES.flatMap(({ definition }) => ("file" in definition ? [definition.file] : []));
  expect(held.filter((file) => file.startsWith("providers/"))).toEqual(SHIPPED_FILES);
  expect(SHIPPED_FILES.length).toBeGreaterThan(0);
});

for (const bench of [...BENCHES, ...FILE_BENCHES]) providerSuite(bench);
