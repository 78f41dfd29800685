import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withoutServiceStart } from "../../../scripts/redis-service.mjs";

let dir = "";
let policy = "";

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "otpost-policy-"));
  policy = join(dir, "policy-rc.d");
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

function during(install: () => Promise<string>): Promise<string> {
  return withoutServiceStart(install, policy, `${policy}.saved`);
}

test("during an install every service start is forbidden, afterwards no more", async () => {
  const seen = await during(async () => {
    expect(statSync(policy).mode & 0o777).toBe(0o755);
    return readFileSync(policy, "utf8");
  });

  expect(seen).toMatch(/exit 101/);
  expect(existsSync(policy)).toBe(false);
});

test("a policy that was there before is put back, also after a failure", async () => {
  writeFileSync(policy, "#!/bin/sh\nexit 0\n");

  const failing = during(async () => {
    throw new Error("no network");
  });

  await expect(failing).rejects.toThrow("no network");
  expect(readFileSync(policy, "utf8")).toBe("#!/bin/sh\nexit 0\n");
});

test("a policy of ours that a killed install left behind is cleared away", async () => {
  let left = "";
  await during(async () => (left = readFileSync(policy, "utf8")));
  writeFileSync(policy, left);

  await during(async () => "done");

  expect(existsSync(policy)).toBe(false);
});
