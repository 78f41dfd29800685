import { parsePhoneNumber } from "libphonenumber-js";
import { describe, expect, it, onTestFinished } from "vitest";
import { MAGIC_NUMBERS, magicNumber, magicRow } from "../../../src/twins/magic.ts";
import { startTwins } from "../../../src/twins/serve.ts";
import { aTwin, get, seven } from "./calls.ts";

const to = "+4915112345678";
const post = (url: string, body: unknown) => fetch(url, { method: "POST", body: JSON.stringify(body) });

describe("the control endpoints", () => {
  it("read the ledger: whole, since, counts", async () => {
    const twin = await aTwin("seven");
    await seven(twin, "sms", { to, text: "Code 1" });
    await seven(twin, "sms", { to, text: "Code 1" });
    const read = async (query: string) => (await fetch(`${twin.url}/_twin/ledger${query}`)).json();
    expect(await read("")).toMatchObject([{ event: "accepted" }, { event: "refused", reason: "402" }]);
    expect(await read("?since=1")).toMatchObject([{ seq: 2 }]);
    expect(await read("?count=1")).toEqual({
      accepted: 1,
      checked: 0,
      refused: 1,
      report: 0,
      taken: { seven: 1, "telegram-gateway": 0, gatewayapi: 0 },
    });
  });

  it("merge into the script and name a bad field", async () => {
    const twin = await aTwin("seven", { faults: { balance: 5 } });
    const good = await post(`${twin.url}/_twin/faults`, { refuseShare: 1, refuseCode: "700" });
    expect(await good.json()).toMatchObject({ refuseShare: 1, balance: 5 });
    const sent = JSON.parse((await seven(twin, "sms", { to, text: "Code 1" })).body);
    expect(sent).toMatchObject({ success: "700", messages: [{ error: "700" }] });
    const bad = await post(`${twin.url}/_twin/faults`, { refuseShare: 2, latency: 1 });
    expect(bad.status).toBe(400);
    expect(((await bad.json()) as { error: string }).error).toMatch(/latency[\s\S]*refuseShare/);
  });

  it("reset memory and script but not the ids", async () => {
    const twin = await aTwin("seven", { faults: { balance: 5 } });
    await seven(twin, "sms", { to, text: "Code 1" });
    twin.faults.set({ balance: 0 });
    await post(`${twin.url}/_twin/reset`, {});
    expect(twin.ledger.counts().accepted).toBe(0);
    expect(JSON.parse((await get(twin, "journal/outbound")).body)).toEqual([]);
    const again = JSON.parse((await seven(twin, "sms", { to, text: "Code 1" })).body);
    expect(again).toMatchObject({ success: "100", messages: [{ id: "77000000002" }] });
  });
});

describe("starting twins", () => {
  it("fails on a taken port and leaves nothing behind", async () => {
    const first = await aTwin("seven");
    const telegramPort = Number(new URL(first.url).port);
    await expect(startTwins({ telegramPort })).rejects.toThrow("EADDRINUSE");
    const twins = await startTwins({ apiKey: "secret", token: "secret" });
    const { url } = twins.telegram;
    await twins.close();
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe("all twins together", () => {
  it("share one ledger that counts each, and have keys of their own", async () => {
    const twins = await startTwins({ apiKey: "key", token: "t-1", gatewayapiToken: "t-2" });
    onTestFinished(twins.close);
    const letter = { sender: "Acme", message: "Code 1", recipients: [{ msisdn: to.slice(1) }] };
    const send = (token: string) =>
      fetch(`${twins.gatewayapi.url}/rest/mtsms`, {
        method: "POST",
        headers: { authorization: `Token ${token}` },
        body: JSON.stringify(letter),
      });
    expect((await send("t-1")).status).toBe(401);
    expect((await send("t-2")).status).toBe(200);
    await seven(twins.seven, "sms", { to, text: "Code 1" });
    for (const { url } of [twins.seven, twins.telegram, twins.gatewayapi]) {
      const counts = await (await fetch(`${url}/_twin/ledger?count=1`)).json();
      expect(counts).toMatchObject({
        accepted: 2,
        taken: { seven: 1, "telegram-gateway": 0, gatewayapi: 1 },
      });
    }
  });
});

describe("the run-wide script", () => {
  it("throws the same dice for the same seed", async () => {
    const run = async (seed: number) => {
      const twin = await aTwin("seven", { faults: { seed, refuseShare: 0.5 } });
      const codes: string[] = [];
      for (let n = 0; n < 20; n++)
        codes.push(JSON.parse((await seven(twin, "sms", { to, text: `Code ${n}` })).body).success);
      return codes.join();
    };
    const first = await run(7);
    expect(first).toMatch(/100.*600|600.*100/);
    expect(await run(7)).toBe(first);
    expect(await run(8)).not.toBe(first);
  });

  it("delays answers, and more so on a ramp", async () => {
    const twin = await aTwin("seven", { faults: { latencyMs: 40 } });
    const started = performance.now();
    await seven(twin, "sms", { to, text: "Code 1" });
    expect(performance.now() - started).toBeGreaterThanOrEqual(39);
    expect(twin.faults.set({ latencyRampMsPerSecond: 1_000 }).latencyMs).toBe(40);
  });

  it("breaks answers with or without an accept", async () => {
    const twin = await aTwin("seven", { faults: { breakShare: 1, breakage: "html-502" } });
    expect((await seven(twin, "sms", { to, text: "Code 1" })).status).toBe(502);
    twin.faults.set({ breakage: "status-503", breakAccepted: false });
    expect((await seven(twin, "sms", { to, text: "Code 2" })).status).toBe(503);
    expect(twin.ledger.since(0)).toMatchObject([{ event: "accepted", text: "Code 1" }]);
  });

  it("can switch the magic numbers off", async () => {
    const twin = await aTwin("seven", { faults: { magic: false } });
    const sent = JSON.parse((await seven(twin, "sms", { to: magicNumber("990001"), text: "Code 1" })).body);
    expect(sent.success).toBe("100");
  });
});

describe("the magic numbers", () => {
  it("are unique, valid German numbers, and printed by the twin", async () => {
    const suffixes = MAGIC_NUMBERS.map(({ suffix }) => suffix);
    expect(new Set(suffixes).size).toBe(suffixes.length);
    for (const row of MAGIC_NUMBERS) {
      for (const serial of [0, 99])
        expect(parsePhoneNumber(magicNumber(row.suffix, serial)).isValid()).toBe(true);
      expect(magicRow(magicNumber(row.suffix, 3))).toBe(row);
    }
    const twin = await aTwin("seven");
    expect(await (await fetch(`${twin.url}/_twin/magic`)).json()).toEqual(MAGIC_NUMBERS);
  });
});
