import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";
import type { ProviderBench } from "../../conformance/provider-bench.ts";
import { providerSuite } from "../../conformance/provider-suite.ts";

const ROOT = join(import.meta.dirname, "../../..");
const page = await readFile(join(ROOT, "docs/adding-a-provider.md"), "utf8");
const [adapter = "", bench = "", ...others] = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(
  (m) => m[1] ?? "",
);

const folder = await mkdtemp(join(import.meta.dirname, "tmp-example-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The page's imports are those of the files' true places; here both lie four folders below the root. */
await writeFile(
  join(folder, "example-sms.ts"),
  adapter
    .replaceAll('from "./', 'from "../../../../src/providers/')
    .replaceAll('from "../core', 'from "../../../../src/core')
    .replaceAll('from "../flows', 'from "../../../../src/flows'),
);
await writeFile(
  join(folder, "example-sms-bench.ts"),
  bench
    .replaceAll('from "../../../src/providers/example-sms.ts"', 'from "./example-sms.ts"')
    .replaceAll('from "../../support/', 'from "../../../support/')
    .replaceAll('from "../provider-bench.ts"', 'from "../../../conformance/provider-bench.ts"'),
);
await writeFile(
  join(folder, "tsconfig.json"),
  JSON.stringify({
    extends: "../../../../tsconfig.json",
    compilerOptions: { noEmit: true, rootDir: "../../../.." },
    include: ["*.ts"],
  }),
);

it("the page shows an adapter and its description, and no third block", () => {
  expect([adapter.includes("defineProvider("), bench.includes("ProviderBench"), others]).toEqual([
    true,
    true,
    [],
  ]);
});

it("both blocks compile under the project's own settings", async () => {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const compiled = await promisify(execFile)(process.execPath, [tsc, "-p", folder], { cwd: ROOT }).catch(
    (error: { stdout: string }) => error,
  );
  expect(compiled.stdout).toBe("");
}, 60_000);

const { exampleSmsBench } = (await import(join(folder, "example-sms-bench.ts"))) as {
  exampleSmsBench: ProviderBench;
};
providerSuite(exampleSmsBench);
