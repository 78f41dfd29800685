import { describe, expect, test } from "vitest";
import { copiesOf, followCopies } from "../../../../src/demo/race/phones.ts";
import { type Call, score } from "../../../../src/demo/race/score.ts";
import type { Copy } from "../../../../src/drill/truth.ts";
import { sevenTook, telegramTook } from "../../drill/build.ts";
import { aCall, aCopy, RECIPIENT } from "./build.ts";

const at = (now: number, over = false) => ({ startAt: 0, now, over });
const scoreOf = (call: Partial<Call>, copies: readonly Copy[], now: number, over = false) =>
  score([aCall(call)], new Map([[RECIPIENT, copies]]), at(now, over));

describe("a person", () => {
  test("has the code once the first copy is on the phone, and not before", () => {
    const late = aCopy({ route: "telegram-gateway", handsetAt: 9_000, price: 0.01 });
    const copies = [aCopy({ handsetAt: undefined }), late];
    expect(scoreOf({}, copies, 8_999)).toMatchObject({ haveCode: 0, stuck: 0, p50Ms: undefined });
    expect(scoreOf({}, copies, 9_000)).toMatchObject({ haveCode: 1, p50Ms: 9_000, cameAtMs: [9_000] });
  });

  test("costs what every copy costs, in the currency of its provider", () => {
    const copies = [aCopy(), aCopy({ route: "telegram-gateway", price: 0.01 })];
    expect(scoreOf({}, copies, 500)).toMatchObject({ sms: 1, telegram: 1, eur: 0.075, usd: 0.01 });
  });

  test("without a service behind is stuck as soon as the only copy is known to be lost", () => {
    const lost = [aCopy({ handsetAt: undefined })];
    expect(scoreOf({ side: "direct" }, lost, 500)).toMatchObject({ stuck: 0 });
    const answered = { answeredAt: 450, outcome: "acked" } as const;
    expect(scoreOf({ side: "direct", ...answered }, lost, 500)).toMatchObject({
      stuck: 1,
      p50Ms: Number.POSITIVE_INFINITY,
    });
    expect(scoreOf({ side: "otpost", ...answered }, lost, 500)).toMatchObject({ stuck: 0 });
  });

  test("whose copy is on its way is not stuck", () => {
    const answered = { answeredAt: 150, outcome: "acked" } as const;
    expect(scoreOf({ side: "direct", ...answered }, [aCopy()], 200)).toMatchObject({ stuck: 0, haveCode: 0 });
  });

  test("whom otpost refused is stuck, for nobody tries any more", () => {
    expect(scoreOf({ answeredAt: 10, outcome: "refused" }, [], 20).stuck).toBe(1);
    expect(scoreOf({ answeredAt: 10, outcome: "unknown" }, [], 20).stuck).toBe(0);
  });

  test("who waits longer than 20 s is stuck, and counts with the wait so far", () => {
    const answered = { answeredAt: 10, outcome: "acked" } as const;
    expect(scoreOf(answered, [], 20_000)).toMatchObject({ stuck: 0 });
    expect(scoreOf(answered, [], 21_000)).toMatchObject({ stuck: 1, p95Ms: 21_000 });
  });

  test("without a code at the end never gets one, however short the wait", () => {
    expect(scoreOf({}, [], 100, true)).toMatchObject({ stuck: 1, p95Ms: Number.POSITIVE_INFINITY });
  });

  test("who has not come yet counts nowhere", () => {
    expect(scoreOf({ intendedAt: 1_000 }, [], 500)).toMatchObject({ people: 0, stuck: 0, longestCallMs: 0 });
  });
});

describe("a login", () => {
  const answered = (intendedAt: number, answeredAt?: number) =>
    aCall({ intendedAt, ...(answeredAt === undefined ? {} : { answeredAt }) });
  const none = new Map<string, Copy[]>();

  test("hangs from one second on until it is answered", () => {
    expect(score([answered(0)], none, at(1_000))).toMatchObject({ hanging: 0, longestCallMs: 1_000 });
    expect(score([answered(0)], none, at(1_001))).toMatchObject({ hanging: 1, hangingMost: 1 });
    expect(score([answered(0, 8_000)], none, at(7_000))).toMatchObject({ hanging: 1, longestCallMs: 7_000 });
    expect(score([answered(0, 8_000)], none, at(9_000))).toMatchObject({
      hanging: 0,
      hangingMost: 1,
      longestCallMs: 8_000,
    });
  });

  test("that was quick never hung", () => {
    expect(score([answered(0, 900)], none, at(9_000))).toMatchObject({ hanging: 0, hangingMost: 0 });
  });

  test("counts at the worst moment with those that hung together with it", () => {
    const calls = [answered(0, 3_000), answered(500, 4_000), answered(5_000, 9_000)];
    expect(score(calls, none, at(20_000))).toMatchObject({ hangingMost: 2, longestCallMs: 4_000 });
  });
});

describe("copies out of the ledger", () => {
  test("belong to the number, in whatever form a provider writes it", () => {
    const entries = [sevenTook({ recipient: `+${RECIPIENT}` }), telegramTook()];
    expect(
      copiesOf(entries)
        .get(RECIPIENT)
        ?.map(({ route }) => route),
    ).toEqual(["seven-sms", "telegram-gateway"]);
  });

  test("are read once each, from where the last reading ended", async () => {
    const [first, second] = [sevenTook(), telegramTook()];
    const asked: number[] = [];
    const look = followCopies(async (seq) => {
      asked.push(seq);
      return [first, second].slice(asked.length - 1, asked.length);
    });
    await look();
    await look();
    expect((await look()).get(RECIPIENT)).toHaveLength(2);
    expect(asked).toEqual([0, first.seq, second.seq]);
  });
});
