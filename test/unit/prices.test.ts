import { expect, test } from "vitest";
import { ConfigFault, readConfig } from "../../src/config.ts";

const read = (PRICES: string) => readConfig({ SEVEN_API_KEY: "0123456789abcdef", PRICES });
const priceOf = (config: ReturnType<typeof read>) => config.rules.routes.get("seven-sms")!.price!;

test("prices are read by route and calling code", () => {
  const price = priceOf(read("seven-sms=0.075, seven-sms/41=0.055,seven-sms/+43=0.1"));
  expect(price.usualMicros).toBe(75_000);
  expect([...price.byCallingCode]).toEqual([
    ["41", 55_000],
    ["43", 100_000],
  ]);
});

test("what is not named costs what is usual for the channel", () => {
  expect(priceOf(read(""))).toEqual({ usualMicros: 100_000, byCallingCode: new Map() });
});

test("a price may wait for its route", () => {
  expect(priceOf(read("other=1")).usualMicros).toBe(100_000);
});

test.each([
  ["seven-sms", "must be a list"],
  ["seven-sms=1,5", "must be a list"],
  ["seven-sms=-1", "must be a list"],
  ["seven-sms/999=1", "999 is no country's calling code"],
])("%s: %s", (text, sentence) => {
  expect(() => read(text)).toThrow(ConfigFault);
  expect(() => read(text)).toThrow(sentence);
});
