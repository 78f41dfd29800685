import { describe, expect, it } from "vitest";
import { berlinTime } from "../../../src/twins/seven/berlin.ts";
import { aTwin, eventually, get, seven } from "./calls.ts";

const rows = (body: string): Record<string, string | null>[] => JSON.parse(body);
const ids = (body: string) => rows(body).map(({ id }) => id);

async function aTwinWithThree(faults = {}) {
  const twin = await aTwin("seven", { faults: { ratePerSecond: 0, reportDelayMs: 0, ...faults } });
  await seven(twin, "sms", { to: "+4915112345678", text: "Code 1", foreign_id: "a-1" });
  await seven(twin, "sms", { to: "+4915100990002", text: "Code 2", label: "login" });
  await seven(twin, "sms", { to: "+4915112345678", text: "Code 3" });
  return twin;
}

describe("seven's journal", () => {
  it("holds strings or null only, and the foreign_id", async () => {
    const twin = await aTwinWithThree();
    const [row] = rows((await get(twin, "journal/outbound", { id: "77000000001" })).body);
    expect(row).toEqual({
      id: "77000000001",
      to: "4915112345678",
      from: "seven.io",
      text: "Code 1",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      price: "0.0750",
      dlr: "DELIVERED",
      dlr_timestamp: expect.stringMatching(/^\d{4}-/),
      mccmnc: "26201",
      latency: expect.stringMatching(/^\d+\.\d{4}$/),
      type: "direct",
      channel: "SMS",
      connection: "http",
      label: null,
      foreign_id: "a-1",
    });
  });

  it("filters and pages, newest first", async () => {
    const twin = await aTwinWithThree();
    const ask = async (fields: Record<string, string>) =>
      ids((await get(twin, "journal/outbound", fields)).body);
    const today = berlinTime(Date.now()).local.slice(0, 10);
    expect(await ask({})).toEqual(["77000000003", "77000000002", "77000000001"]);
    expect(await ask({ to: "+4915112345678" })).toEqual(["77000000003", "77000000001"]);
    expect(await ask({ to: "4915112345678", id: "77000000002" })).toEqual([]);
    expect(await ask({ state: "DELIVERED" })).toEqual(["77000000003", "77000000001"]);
    expect(await ask({ limit: "1", offset: "1" })).toEqual(["77000000002"]);
    expect(await ask({ date_from: today, date_to: today })).toHaveLength(3);
    expect(await ask({ date_from: "2099-01-01" })).toEqual([]);
    expect(await ask({ date_to: "2000-01-01" })).toEqual([]);
  });

  it("refuses a date that is none", async () => {
    const twin = await aTwinWithThree();
    expect(JSON.parse((await get(twin, "journal/outbound", { date_from: "today" })).body)).toMatchObject({
      success: false,
      error_code: 400,
    });
  });

  it("never gives more than 100 rows", async () => {
    const twin = await aTwin("seven");
    const numbers = Array.from({ length: 101 }, (_, n) => `+4915112345${String(n).padStart(3, "0")}`);
    await seven(twin, "sms", { to: numbers.join(","), text: "Code 1" });
    expect(ids((await get(twin, "journal/outbound", { limit: "500" })).body)).toHaveLength(100);
  });

  it("lags behind the accept as the script says", async () => {
    const twin = await aTwinWithThree({ journalLagMs: 150 });
    expect(ids((await get(twin, "journal/outbound")).body)).toEqual([]);
    await eventually(async () => expect(ids((await get(twin, "journal/outbound")).body)).toHaveLength(3));
  });

  it("fails with the status of the script", async () => {
    const twin = await aTwinWithThree({ journalStatus: 503 });
    expect((await get(twin, "journal/outbound")).status).toBe(503);
  });
});

describe("seven's deprecated status call", () => {
  it("answers a row per id, duplicates and strangers included", async () => {
    const twin = await aTwinWithThree();
    const body = (await get(twin, "status", { msg_id: "77000000001,77000000001,77000000002,1" })).body;
    const reached = {
      id: "77000000001",
      status: "DELIVERED",
      status_time: expect.stringMatching(/\.\d{3}$/),
    };
    const silent = { status: null, status_time: null };
    expect(rows(body)).toEqual([reached, reached, { id: "77000000002", ...silent }, { id: "1", ...silent }]);
  });

  it("answers text: status and time, 901 for a stranger", async () => {
    const twin = await aTwinWithThree();
    const ask = async (msg_id: string) =>
      (await seven(twin, "status", { msg_id }, { "x-api-key": "key" }, "GET")).body;
    expect(await ask("77000000001")).toMatch(/^DELIVERED\n\d{4}-/);
    expect(await ask("1")).toBe("901");
  });
});

describe("the time of Berlin", () => {
  it.each([
    ["2026-01-05T09:00:03.250Z", "2026-01-05 10:00:03.250000", "2026-01-05T10:00:03+01:00"],
    ["2026-07-05T08:00:03.000Z", "2026-07-05 10:00:03.000000", "2026-07-05T10:00:03+02:00"],
    ["2026-03-29T01:00:00.000Z", "2026-03-29 03:00:00.000000", "2026-03-29T03:00:00+02:00"],
  ])("of %s is %s", (instant, local, iso) => {
    expect(berlinTime(Date.parse(instant))).toEqual({ local, iso });
  });
});
