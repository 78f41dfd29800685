import { randomBytes } from "node:crypto";
import { createVault, derivedKeys } from "../../src/platform/secret.ts";
import { createApiClient } from "./http-client.ts";
import { freePort } from "./ports.ts";
import type { TestProcess } from "./processes.ts";
import { freshDir, outputOf, startRole } from "./service.ts";

/** Settings that the processes of one installation share, with intake and workers apart. */
export async function createInstallation(env: Record<string, string>) {
  const masterKey = randomBytes(32);
  const [port, operatorPort] = [await freePort(), await freePort()];
  const operatorToken = randomBytes(24).toString("hex");
  const shared: Record<string, string> & { PUBLIC_URL: string } = {
    ...env,
    DATA_DIR: freshDir(),
    MASTER_KEY: masterKey.toString("base64"),
    OPERATOR_TOKEN: operatorToken,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
  };
  const token = createVault(() => derivedKeys(masterKey)).hash("report token", "seven");
  const urls = { publicUrl: shared.PUBLIC_URL, operatorUrl: `http://127.0.0.1:${operatorPort}` };
  return {
    env: shared,
    reportUrl: `${shared.PUBLIC_URL}/reports/seven/${token}`,
    serve: (): Promise<TestProcess> =>
      startRole("serve", { ...shared, PORT: String(port), OPERATOR_PORT: String(operatorPort) }),
    work: (more: Record<string, string> = {}): Promise<TestProcess> =>
      startRole("work", { ...shared, OPERATOR_PORT: "0", ...more }),
    addClient: async (id: string, ...options: string[]) => {
      const { stdout, stderr } = await outputOf(["clients", "add", id, "--json", ...options], shared);
      if (stdout === "") throw new Error(stderr);
      const { apiKey } = JSON.parse(stdout) as { apiKey: string };
      return createApiClient({ ...urls, apiKey, operatorToken });
    },
  };
}
