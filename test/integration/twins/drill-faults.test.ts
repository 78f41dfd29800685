import { describe, expect, it } from "vitest";
import { createFaults } from "../../../src/twins/faults.ts";
import { handsetAt } from "../../../src/twins/seven/plan.ts";
import { createFlood } from "../../../src/twins/telegram-gateway/flood.ts";
import { aTwin, seven, telegram } from "./calls.ts";

const to = "+4915112345678";

describe("shares of report plans", () => {
  it("lie beside each other and beside the lost ones", () => {
    const faults = createFaults({ lostShare: 0.1, reportShares: { none: 0.2, doubled: 0.3 } });
    const counts: Record<string, number> = {};
    for (let n = 0; n < 20_000; n++) {
      const plan = faults.plan("4915112345678");
      counts[plan] = (counts[plan] ?? 0) + 1;
    }
    const shares = [counts["lost"]!, counts["none"]!, counts["doubled"]!, counts["normal"]!];
    for (const [index, share] of [0.1, 0.2, 0.3, 0.4].entries()) {
      expect(Math.abs(shares[index]! / 20_000 - share)).toBeLessThan(0.02);
    }
  });

  it("of more than one are refused", () => {
    expect(() => createFaults({ reportShares: { none: 0.6, lost: 0.5 } })).toThrow(/add up to more than 1/);
    expect(() => createFaults({ reportShares: { none: 0.7, lost: 0.2, late: 0.1 } })).not.toThrow();
  });

  it("give way to the end of a number", () => {
    const faults = createFaults({ reports: "late", reportsBySuffix: { "78": "lying" } });
    expect([faults.plan("4915112345678"), faults.plan("4915112345679")]).toEqual(["lying", "late"]);
  });
});

describe("a country", () => {
  it("has a plan of its own, which gives way to the end of a number", () => {
    const reportsByPrefix = { "49": "undelivered" } as const;
    const faults = createFaults({ reportsByPrefix, reportsBySuffix: { "78": "lying" } });
    const plans = ["4915112345678", "4915112345679", "436601234567"].map((number) => faults.plan(number));
    expect(plans).toEqual(["lying", "undelivered", "normal"]);
    expect(() => createFaults({ reportsByPrefix: { "0": "late" } })).toThrow();
  });

  it("has a price of its own, in the answer, the ledger and the balance", async () => {
    const faults = { priceByPrefix: { "43": 0.2 }, balance: 0.25 };
    const twin = await aTwin("seven", { faults });
    const send = async (number: string) =>
      JSON.parse((await seven(twin, "sms", { to: number, text: "Code 1" })).body) as unknown;
    expect(await send("+436601234567")).toMatchObject({ success: "100", total_price: 0.2 });
    expect(await send("+436601234568")).toMatchObject({ success: "500" });
    const [taken] = twin.ledger.since(0).filter(({ event }) => event === "accepted");
    expect(taken).toMatchObject({ price: 0.2 });
  });
});

describe("the truth about a phone", () => {
  it("is not what a lying network reports", async () => {
    const twin = await aTwin("seven", { faults: { reportsBySuffix: { "78": "lying" }, reportDelayMs: 50 } });
    for (const number of [to, "+4915112345679"]) await seven(twin, "sms", { to: number, text: "Code 1" });
    const [lying, honest] = twin.ledger
      .since(0)
      .filter((e) => e.event === "accepted" && e.provider === "seven");
    if (lying?.event !== "accepted" || honest?.event !== "accepted")
      throw new Error("two accepts are missing");
    if (lying.provider !== "seven" || honest.provider !== "seven") throw new Error("they are seven's");
    expect(handsetAt(lying)).toBeUndefined();
    expect(handsetAt(honest)).toBe(honest.handOverAt + 50);
  });

  it("knows which accepts nobody heard of", async () => {
    const twin = await aTwin("seven", { faults: { breakShare: 1, breakage: "status-500" } });
    await seven(twin, "sms", { to, text: "Code 1" });
    expect(twin.ledger.since(0)).toMatchObject([{ event: "accepted", broken: "status-500" }]);
  });
});

describe("Telegram's flood limit", () => {
  it("counts any second, not the calendar's", () => {
    const flood = createFlood();
    const at = [0, 999, 1_000, 1_001, 1_999];
    expect(at.map((one) => flood.enter(one, 2))).toEqual([true, true, true, false, true]);
    expect(flood.enter(2_000, 0)).toBe(true);
  });

  it("refuses with the wait", async () => {
    const twin = await aTwin("telegram-gateway", { faults: { floodPerSecond: 1 } });
    const send = async () =>
      (await telegram(twin, "sendVerificationMessage", { phone_number: to, code: "123456" })).body;
    expect(await send()).toMatchObject({ ok: true });
    expect(await send()).toEqual({ ok: false, error: "FLOOD_WAIT_1" });
    expect(twin.ledger.counts()).toMatchObject({ accepted: 1, refused: 1 });
  });
});
