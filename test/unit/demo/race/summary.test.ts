import { describe, expect, test } from "vitest";
import { summary } from "../../../../src/demo/race/summary.ts";
import { faultsOf, type RaceResult, resultLine } from "../../../../src/demo/race/verdict.ts";
import { aResult, aScore } from "./build.ts";

const otpost = (given: Parameters<typeof aScore>[0]): Partial<RaceResult> => {
  const { scores } = aResult();
  return { scores: { ...scores, otpost: { ...scores.otpost, ...given } } };
};

describe("a race", () => {
  test("ended as it must when nothing speaks against it", () => {
    expect(faultsOf(aResult())).toEqual([]);
    expect(faultsOf(aResult(otpost({ longestCallMs: 1_200 })))).toEqual([]);
  });

  test.each<[string, Partial<RaceResult>]>([
    ["a login waited 1.3 s for otpost, at most 1.2 s is promised", otpost({ longestCallMs: 1_260 })],
    ["otpost lost 2 of the codes that it had taken on", { lost: 2 }],
    ["otpost sent 3 codes twice on one route", { duplicates: 3 }],
    ["otpost brought 151 codes and the direct sender 151", otpost({ haveCode: 151 })],
  ])("did not: %s", (fault, given) => {
    expect(faultsOf(aResult(given))).toEqual([fault]);
    expect(summary(aResult(given)).at(-1)).toBe(`The race did not end as it must: ${fault}.`);
  });

  test("tells its end in sentences", () => {
    expect(summary(aResult())).toEqual([
      "In 60 seconds 200 people asked each side for a code, while seven went from well to dark and back.",
      "Without otpost: 151 have it (75 %), 49 have none. Up to 37 logins hung at once, the longest for 8.0 s. It took 204 SMS for 15.30 EUR.",
      "With otpost: 188 have it (94 %), 12 have none. No login hung, the longest took 0.05 s. It took 140 SMS + 70 Telegram for 10.50 EUR + 0.70 USD.",
      "Of the codes that otpost took on, none was lost and none was sent twice on one route.",
      "In this race otpost moved on after 8.0 s of silence (SMS_SILENCE_MS=8000; 30000 by default), and Telegram reached 90 % of the people.",
      "The race ended as it must.",
    ]);
  });

  test("is one line of JSON, with null for a time without end and without the instants of the chart", () => {
    const line = resultLine(aResult({ lost: 1 }));
    expect(line).not.toMatch(/\n|cameAtMs/);
    expect(JSON.parse(line)).toMatchObject({
      seed: 7,
      scores: { direct: { p95Ms: null, haveCode: 151 }, otpost: { usd: 0.7 } },
      ok: false,
      faults: ["otpost lost 1 of the codes that it had taken on"],
    });
  });
});
