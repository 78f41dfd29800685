import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../support/ports.ts";
import { closeAll, leftovers, NOTHING_LEFT } from "../../support/service.ts";
import { FAULTS } from "./faults.ts";
import { anInstallation, examined, HOST, type Installed, unwell } from "./installed.ts";
import { todoOf, withoutHooks } from "./planting.ts";

let it: Installed;
beforeAll(async () => {
  it = await anInstallation();
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

test("a healthy installation has no finding at all", async () => {
  const found = await examined(it.world);
  expect(unwell(found)).toEqual([]);
  expect(found.length).toBeGreaterThan(20);
});

describe("a planted fault is told with its cure, and goes with it:", () => {
  test.each(Object.keys(FAULTS))("%s", async (name) => {
    const { told, what, todo, plant } = FAULTS[name]!;
    const { world, cure } = await plant(it);
    const found = await examined(world);
    expect(unwell(found)).toEqual(told);
    const bad = found.filter(({ level }) => level !== "ok");
    expect(bad.map((one) => one.what).join("\n")).toMatch(what);
    expect(todoOf(bad)).toMatch(todo);

    await cure(bad);
    expect(unwell(await examined(it.world))).toEqual([]);
  });
});

test("a Redis that is away is one finding, and takes no other check along", async () => {
  const env = { ...it.env, REDIS_URL: `redis://127.0.0.1:${await freePort()}` };
  const found = await examined({ ...it.world, env });
  expect(unwell(found)).toEqual(["redis: fail"]);
  expect(found.map(({ check }) => check)).toEqual(
    expect.arrayContaining(["key-seven", "hook-seven", "public-reports", "listeners"]),
  );
});

test("what hangs is left when the time is over, and the rest is told", async () => {
  const never = () => new Promise<string[]>(() => undefined);
  const world = { ...it.world, dns: { ...it.world.dns, system: never } };
  const found = await examined(world, (made) => made.run(4_000));
  expect(unwell(found)).toEqual(["public-url: warn", "public-tls: warn", "public-reports: warn"]);
});

test("no finding holds a key, a token or the secret end of an address", async () => {
  const { REDIS_URL: _given, ...env } = it.env;
  const secrets = [env.SEVEN_API_KEY, env.SEVEN_SIGNING_KEY, env.TELEGRAM_GATEWAY_TOKEN, "secret-path"];
  secrets.push(it.reportUrl.split("/").at(-1)!, "token-of-before");
  const { world, cure } = await withoutHooks(it, `https://${HOST}/reports/seven/token-of-before`);
  const text = JSON.stringify(await examined(world));
  await cure([]);
  for (const secret of secrets) expect(text).not.toContain(secret);
});

test("a look changes nothing where nothing is yet", async () => {
  const DATA_DIR = join(it.env.DATA_DIR, "none");
  const { REDIS_URL: _given, ...env } = it.env;
  const found = await examined({ ...it.world, env: { ...env, DATA_DIR } });
  expect(unwell(found)).toContain("redis: fail");
  expect(() => mkdirSync(DATA_DIR)).not.toThrow();
  rmSync(DATA_DIR, { recursive: true });
});
