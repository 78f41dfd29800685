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
let texts = 0;
const code = () => String(600_000 + ++texts);

beforeAll(async () => {
  service = await startUp({ DATA_DIR: freshDir(), PRICES: "seven-sms=0.075" });
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

describe("limits at the command line, beside a running service", () => {
  test("a client is warned of, bounded within a second, and free again", async () => {
    const added = await cli("clients", "add", "cloud");
    expect(added.stderr).toContain("nothing bounds what cloud may send");
    const api = clientWith(added.stdout.trim().split("\n").at(-1)!);
    const send = async (to: string) => {
      const { status, json } = await api.post({ to, code: code() });
      return json["code"] ?? status;
    };
    expect(await send("+4915112345601")).toBe(202);
    const shown = await cli("clients", "list");
    expect(shown.stdout).toMatch(
      /^cloud\t.*Warning: any number of deliveries, no spend cap, all countries$/m,
    );

    const limited = await cli(
      "clients",
      "limits",
      "cloud",
      "--per-day",
      "50",
      "--spend",
      "0.15",
      "--countries",
      "at,de",
    );
    expect(limited).toMatchObject({ code: 0, stderr: "" });
    expect(limited.stdout).toContain("cloud: 50 deliveries a day, 0.15 EUR a day, only AT,DE");
    await eventually(async () => expect(await send("+41791234567")).toBe("country"), { timeoutMs: 1_000 });
    const text = code();
    expect((await api.post({ to: "+4915112345602", code: text })).status).toBe(202);
    // The twin's price is 0.075 as well, so the cap holds two.
    expect(await send("+4915112345603")).toBe(202);
    expect(await send("+4915112345604")).toBe("spend_cap");
    expect((await api.post({ to: "+4915112345602", code: text })).status).toBe(202);

    const { limits, today } = JSON.parse((await cli("clients", "limits", "cloud", "--json")).stdout) as {
      limits: object;
      today: object;
    };
    expect(limits).toEqual({ perDay: 50, spendMicros: 150_000, countries: ["AT", "DE"] });
    expect(today).toEqual({ deliveries: 2, spentMicros: 150_000 });
    await cli("clients", "limits", "cloud", "--spend", "none", "--countries", "all");
    await eventually(async () => expect(await send("+4915112345605")).toBe(202), { timeoutMs: 1_000 });
    for (const wrong of [
      ["--spend", "20,00"],
      ["--countries", "Germany"],
      ["--per-day", "-1"],
    ]) {
      expect((await cli("clients", "limits", "cloud", ...wrong)).code).toBe(1);
    }
    expect((await cli("clients", "limits", "nobody", "--per-day", "1")).stderr).toContain(
      "There is no client nobody",
    );
  });

  test("a range is blocked and unblocked within a second; what was refused can be asked for", async () => {
    const api = clientWith(service.ready.apiKey);
    const to = "+4917599123456";
    const blocked = await cli("blocks", "add", "+49 175 99", "--why", "pumped numbers", "--for", "7d");
    expect(blocked.stdout).toMatch(/^Blocked \+4917599 until /);
    await eventually(
      async () => expect((await api.post({ to, code: code() })).json["code"]).toBe("blocked"),
      { timeoutMs: 1_000 },
    );
    expect((await cli("blocks", "list")).stdout).toMatch(/^\+4917599\tsince .*\tuntil .*\tpumped numbers$/m);
    expect((await cli("blocks", "remove", "+4917599")).code).toBe(0);
    await eventually(async () => expect((await api.post({ to, code: code() })).status).toBe(202), {
      timeoutMs: 1_000,
    });
    expect((await cli("blocks", "list")).stdout).toBe("Nothing is blocked.\n");
    for (const wrong of ["4917599", "+49175991234567", "+0", "+298212345"]) {
      expect((await cli("blocks", "add", wrong, "--why", "x")).code).toBe(1);
    }
    const answer = await fetch(`${service.ready.publicUrl}/v1/refusals`, {
      method: "POST",
      headers: { authorization: `Bearer ${service.ready.apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ to }),
    });
    const { refusals } = (await answer.json()) as { refusals: { code: string }[] };
    expect(refusals.map((refusal) => refusal.code)).toEqual(expect.arrayContaining(["blocked"]));
  });
});
