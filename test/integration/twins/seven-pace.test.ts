import { describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../../src/twins/ledger-entry.ts";
import { createReloadLock } from "../../../src/twins/seven/reload-lock.ts";
import { aTwin, eventually, seven } from "./calls.ts";
import { startReceiver } from "./receiver.ts";

const to = "+4915112345678";
const success = (body: string): string => JSON.parse(body).success;
const idOf = (entry: LedgerEntry) => ("providerMessageId" in entry ? entry.providerMessageId : "none");
const handOverAt = (entry: LedgerEntry) => ("handOverAt" in entry ? entry.handOverAt : 0);

describe("the reload lock", () => {
  it("refuses the same text to the same number, and only that", async () => {
    const twin = await aTwin("seven");
    const send = async (fields: Record<string, string>) => success((await seven(twin, "sms", fields)).body);
    expect(await send({ to, text: "Code 1" })).toBe("100");
    expect(await send({ to, text: "Code 1" })).toBe("402");
    expect(await send({ to: "004915112345678", text: "Code 1" })).toBe("402");
    expect(await send({ to, text: "Code 1", no_reload: "1" })).toBe("100");
    expect(await send({ to, text: "Code 2" })).toBe("100");
    expect(await send({ to: "+4915187654321", text: "Code 1" })).toBe("100");
  });

  it("lets exactly one of many equal sends at once through", async () => {
    const twin = await aTwin("seven");
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => seven(twin, "sms", { to, text: "Code 1" })),
    );
    expect(answers.filter(({ body }) => success(body) === "100")).toHaveLength(1);
    expect(twin.ledger.counts().accepted).toBe(1);
  });

  it("holds for 180 s and can be switched off", async () => {
    const lock = createReloadLock([], 180_000);
    expect([0, 179_999, 180_000].map((at) => lock.take("k", at, 180_000))).toEqual([true, false, true]);
    const twin = await aTwin("seven", { faults: { reloadLock: false } });
    await seven(twin, "sms", { to, text: "Code 1" });
    expect(success((await seven(twin, "sms", { to, text: "Code 1" })).body)).toBe("100");
  });
});

describe("the silent queue", () => {
  it("answers at once, hands over in order at the rate, and reports after that", async () => {
    const receiver = await startReceiver();
    const twin = await aTwin("seven", {
      reportUrl: receiver.url,
      faults: { ratePerSecond: 20, reportDelayMs: 3 },
    });
    for (let n = 0; n < 6; n++)
      expect(success((await seven(twin, "sms", { to, text: `Code ${n}` })).body)).toBe("100");
    const accepted = twin.ledger.since(0).filter(({ event }) => event === "accepted");
    let freeAt = 0;
    for (const entry of accepted) {
      expect(Math.abs(handOverAt(entry) - Math.max(entry.at, freeAt))).toBeLessThanOrEqual(1);
      freeAt = handOverAt(entry) + 50;
    }
    expect(handOverAt(accepted[5]!) - handOverAt(accepted[0]!)).toBeGreaterThanOrEqual(249);
    const isDelivered = (body: string) => body.includes("DELIVERED");
    await eventually(() => expect(receiver.received.filter(({ body }) => isDelivered(body))).toHaveLength(6));
    const delivered = receiver.received.filter(({ body }) => isDelivered(body));
    expect(new Set(delivered.map(({ body }) => JSON.parse(body).data.msg_id)).size).toBe(6);
    for (const { at, body } of delivered) {
      const entry = accepted.find((one) => body.includes(idOf(one)));
      expect(at).toBeGreaterThanOrEqual(handOverAt(entry!));
    }
    await receiver.close();
  });

  it("expires what outlived its ttl in the queue", async () => {
    const receiver = await startReceiver();
    const twin = await aTwin("seven", {
      reportUrl: receiver.url,
      faults: { ratePerSecond: 1, ttlScale: 0.001, reportDelayMs: 10 },
    });
    await seven(twin, "sms", { to, text: "Code 1", ttl: "5" });
    await seven(twin, "sms", { to, text: "Code 2", ttl: "5" });
    await eventually(() => {
      const second = receiver.received.filter(({ body }) => body.includes("77000000002"));
      expect(second.map(({ body }) => JSON.parse(body).data.status)).toEqual(["EXPIRED"]);
    });
    await receiver.close();
  });
});
