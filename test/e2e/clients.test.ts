import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApiClient } from "../support/http-client.ts";
import { eventually } from "../support/eventually.ts";
import {
  closeAll,
  freshDir,
  leftovers,
  NOTHING_LEFT,
  outputOf,
  type Service,
  startUp,
} from "../support/service.ts";

let service: Service;
const cli = (...args: string[]) => outputOf(args, { DATA_DIR: service.ready.dataDir });
const clientWith = (apiKey: string) => createApiClient({ ...service.ready, apiKey });
const status = async (apiKey: string) =>
  (await clientWith(apiKey).get("01900000-0000-7000-8000-000000000000")).status;

beforeAll(async () => {
  service = await startUp({ DATA_DIR: freshDir() });
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

describe("clients at the command line, beside a running service", () => {
  test("a client is added, listed, given a new key and shut out within a second", async () => {
    const added = await cli("clients", "add", "cloud", "--region", "DE", "--name", "Our cloud", "--json");
    expect(added).toMatchObject({ code: 0, stderr: "" });
    const { clientId, apiKey } = JSON.parse(added.stdout) as { clientId: string; apiKey: string };
    expect(clientId).toBe("cloud");
    expect(apiKey).toMatch(/^cloud\.[A-Za-z0-9_-]{40,}$/);
    const national = await clientWith(apiKey).post({ to: "0151 12345690", code: "482913" });
    expect(national.status).toBe(202);

    const listed = await cli("clients", "list", "--json");
    expect(listed.stdout).not.toContain(apiKey.split(".")[1]);
    const clients = listed.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { id: string; keys: unknown[] });
    expect(clients.map(({ id }) => id).toSorted()).toEqual(["cloud", "local"]);

    const rotated = await cli("clients", "rotate", "cloud", "--grace-hours", "1", "--json");
    const { apiKey: newKey } = JSON.parse(rotated.stdout) as { apiKey: string };
    expect(newKey).not.toBe(apiKey);
    expect([await status(apiKey), await status(newKey)]).toEqual([404, 404]);

    const revoked = await cli("clients", "revoke", "cloud", "--json");
    expect(JSON.parse(revoked.stdout)).toEqual({ clientId: "cloud", revoked: 2 });
    await eventually(async () => expect([await status(apiKey), await status(newKey)]).toEqual([401, 401]), {
      timeoutMs: 1_000,
    });
    expect(await status(service.ready.apiKey)).toBe(404);
  });

  test("rotating without grace ends the old key within a second", async () => {
    const { apiKey } = JSON.parse((await cli("clients", "add", "idp", "--json")).stdout) as {
      apiKey: string;
    };
    expect(await status(apiKey)).toBe(404);
    await cli("clients", "rotate", "idp", "--grace-hours", "0");
    await eventually(async () => expect(await status(apiKey)).toBe(401), { timeoutMs: 1_000 });
  });

  test("one client sees nothing of another's deliveries", async () => {
    const { apiKey } = JSON.parse((await cli("clients", "add", "other", "--json")).stdout) as {
      apiKey: string;
    };
    const id = await clientWith(service.ready.apiKey).send({ to: "+4915112345691", code: "482913" });
    expect((await clientWith(apiKey).get(id)).status).toBe(404);
    expect((await clientWith(service.ready.apiKey).get(id)).status).toBe(200);
  });

  test.concurrent.each([
    [["clients", "add", "local"], "local"],
    [["clients", "add", "not an id"], "Use 1 to 64 letters"],
    [["clients", "add", "x1", "--region", "Germany"], "two-letter country code"],
    [["clients", "rotate", "nobody"], "nobody"],
    [["clients", "rotate", "local", "--grace-hours", "-1"], "Use hours from 0 to 8760"],
    [["twin", "--seven-port", "99999999"], "Use a whole number from 0 to 65535"],
    [["sned"], "unknown command"],
  ])("%j is refused in words", async (args, words) => {
    const refused = await cli(...args);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(words);
    expect(refused.stderr).not.toContain("    at ");
  });

  test.concurrent.each([[[]], [["up"]], [["clients", "add"]], [["twin"]], [["demo"]]])(
    "help of %j goes to standard output",
    async (verb) => {
      const help = await cli(...verb, "--help");
      expect(help.code).toBe(0);
      expect(help.stdout).toMatch(/^Usage: otpost/);
      expect(help.stdout.length).toBeGreaterThan(100);
    },
  );

  test("without a service it says what to start", async () => {
    const lonely = await outputOf(["clients", "list"], { DATA_DIR: freshDir() });
    expect(lonely.code).toBe(78);
    expect(lonely.stderr).toContain("run `otpost up` with the same DATA_DIR");
  });
});
