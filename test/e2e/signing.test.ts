import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { call, createApiClient, plainNumber } from "../support/http-client.ts";
import { supabaseBody, supabaseHeaders } from "../support/signing-providers.ts";
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
const cli = (...args: string[]) => outputOf(["clients", ...args], { DATA_DIR: service.ready.dataDir });
const signing = async (...args: string[]) =>
  JSON.parse((await cli("signing", "idp", "supabase", ...args, "--json")).stdout) as Record<string, unknown>;
let numbers = 0;
const sendBy = async (secret: string) => {
  numbers += 1;
  const body = supabaseBody(plainNumber(numbers, 78), String(530_000 + numbers));
  const headers = supabaseHeaders(body, [secret.replace("v1,", "")], Math.floor(Date.now() / 1_000));
  return call(`${service.ready.publicUrl}/compat/supabase/idp`, { method: "POST", headers, body });
};
const within = (secret: string, status: number) =>
  eventually(async () => expect((await sendBy(secret)).status).toBe(status), { timeoutMs: 2_000 });

beforeAll(async () => {
  service = await startUp({ DATA_DIR: freshDir() });
  await cli("add", "idp", "--region", "DE");
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

describe("signing keys at the command line, beside a running service", () => {
  test("a made one is shown once, works, makes room for later ones and is delivered by", async () => {
    const [first, second] = [await signing("--generate"), await signing("--generate")];
    const secrets = [first, second].map(({ key }) => String(key));
    for (const secret of secrets) {
      expect(secret).toMatch(/^v1,whsec_[A-Za-z0-9+/]{43}=$/);
      await within(secret, 200);
    }
    const listed = await cli("list", "--json");
    const shown = await signing();
    expect(shown["keys"]).toMatchObject([{ id: first["id"] }, { id: second["id"] }]);
    for (const secret of secrets) {
      expect(listed.stdout + JSON.stringify(shown)).not.toContain(secret.slice(10));
    }
    expect(listed.stdout).toContain(String(first["id"]));
    expect(listed.stdout).not.toContain("sealed");

    const given = `v1,whsec_${Buffer.alloc(24, 3).toString("base64")}`;
    expect(await signing("--key", given)).toMatchObject({ replaced: [first["id"]] });
    await within(given, 200);
    await within(String(first["key"]), 401);
    await within(String(second["key"]), 200);

    expect(await signing("--drop", String(second["id"]))).toMatchObject({ dropped: second["id"] });
    await within(String(second["key"]), 401);
    const logged = service.process.stdout() + service.process.stderr();
    for (const secret of [...secrets, given]) expect(logged).not.toContain(secret.slice(10));
  });

  test("a new master key seals them anew, and revoking a client ends them", async () => {
    const { key } = await signing("--generate");
    await within(String(key), 200);
    const rotated = await outputOf(["keys", "rotate"], { DATA_DIR: service.ready.dataDir });
    expect(rotated).toMatchObject({ code: 0, stderr: "" });
    await within(String(key), 200);
    const api = createApiClient(service.ready);
    expect(await api.metric('otp_door_requests_total{door="supabase",code="accepted"}')).toBeGreaterThan(3);
    const revoked = JSON.parse((await cli("revoke", "idp", "--json")).stdout) as { revoked: number };
    expect(revoked.revoked).toBeGreaterThan(2);
    await within(String(key), 401);
  });

  test.concurrent.each([
    [["idp", "github"], "Allowed choices are zitadel, supabase"],
    [["nobody", "zitadel", "--key", "0123456789abcdef"], "There is no client nobody"],
    [["local", "zitadel", "--generate"], "Zitadel makes its signing key itself"],
    [["local", "zitadel", "--key", "short"], "16 to 200 visible ASCII characters"],
    [["local", "supabase", "--key", "whsec_AAAA"], "24 to 64 bytes"],
    [["local", "supabase", "--key", "v1,whsec_!"], "24 to 64 bytes"],
    [["local", "supabase", "--generate", "--drop", "x"], "Only one of"],
    [["local", "supabase", "--drop", "x"], "has no supabase key x"],
  ])("%j is refused in words", async (args, words) => {
    const refused = await cli("signing", ...args);
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toContain(words);
    expect(refused.stderr).not.toContain("    at ");
  });
});
