import { expect, test } from "vitest";
import { hookFindings, repairsOf } from "../../../src/doctor/installation/hooks.ts";
import type { ReportHook } from "../../../src/providers/provider.ts";

const BASE = "https://otp.example.org/reports/seven/";
const wanted = { provider: "seven", url: `${BASE}now`, olderUrls: [`${BASE}before`] };
const hook = (id: string, url: string, more: Partial<ReportHook> = {}): ReportHook => ({
  id,
  url,
  takesReports: true,
  enabled: true,
  ...more,
});
const right = hook("1", wanted.url);
const add = { add: wanted.url };

test.each([
  ["the right one alone", [right], ["ok"], []],
  ["none", [], ["fail"], [add]],
  [
    "one that is switched off",
    [{ ...right, enabled: false }],
    ["fail"],
    [add, { remove: "1", url: wanted.url }],
  ],
  ["one for other events", [{ ...right, takesReports: false }], ["fail"], [add]],
  ["the right one twice", [right, hook("2", wanted.url)], ["warn"], [{ remove: "2", url: wanted.url }]],
  [
    "the token of an earlier master key",
    [hook("1", `${BASE}before`)],
    ["warn"],
    [add, { remove: "1", url: `${BASE}before` }],
  ],
  [
    "an old one beside the right one",
    [right, hook("2", `${BASE}unknown`)],
    ["note"],
    [{ remove: "2", url: `${BASE}unknown` }],
  ],
  ["another otpost's", [hook("9", "https://other.example.org/reports/seven/x")], ["fail"], [add]],
  ["another program's beside the right one", [right, hook("9", "https://crm.example.org/sms")], ["ok"], []],
] as [string, ReportHook[], string[], unknown[]][])("%s", (_what, list, levels, repairs) => {
  expect(hookFindings(list, wanted).map(({ level }) => level)).toEqual(levels);
  expect(repairsOf(list, wanted)).toEqual(repairs);
});
