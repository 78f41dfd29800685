import { sandbox } from "../../../src/providers/sandbox.ts";
import { CODE, type ProviderBench } from "../provider-bench.ts";

export const sandboxBench: ProviderBench = {
  definition: sandbox,
  env: () => ({ SANDBOX: "1" }),
  secrets: [],
  carried: { code: CODE, text: `${CODE} is your verification code.` },
  notCarried: [],
  http: undefined,
};
