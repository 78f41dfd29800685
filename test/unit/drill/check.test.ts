import { describe, expect, test } from "vitest";
import { check } from "../../../src/drill/check.ts";
import type { Evidence } from "../../../src/drill/evidence.ts";
import type { Figures } from "../../../src/drill/figures.ts";
import { anAsk, evidence, gatewayapiTook, NUMBER, sevenTook, telegramTook } from "./build.ts";

const figures = (given: Parameters<typeof evidence>[0]): Figures => first(evidence(given));
const first = (all: Evidence): Figures => [...check(all).values()][0]!;

const NOTHING_WRONG = {
  lost: 0,
  stale: 0,
  dead: 0,
  ghosts: 0,
  wrong: 0,
  duplicates: 0,
  unexplained: 0,
  untruthful: 0,
  open: 0,
  refusedAlive: 0,
};

describe("a good history", () => {
  test("has nothing to complain about", () => {
    const good = figures({ asked: [anAsk()], taken: [sevenTook()], state: "delivered" });
    expect(good).toMatchObject({ ...NOTHING_WRONG, codes: 1, acked: 1, onTime: 1, inLife: 1, ended: 1 });
    expect(good).toMatchObject({ handsetP50: 400, acceptP99: 10, copiesEach: 1, eur: 0.075, usd: 0 });
  });

  test("may hold one copy on each route", () => {
    const both = figures({
      asked: [anAsk()],
      taken: [sevenTook({ reports: "none" }), telegramTook({ at: 30_000 })],
      state: "delivered",
    });
    expect(both).toMatchObject({ ...NOTHING_WRONG, copiesEach: 2, onTime: 0, inLife: 1, spilled: 0 });
  });

  test("may end without a copy when time ran out or every route refused", () => {
    for (const state of ["expired", "failed", "cancelled"]) {
      expect(figures({ asked: [anAsk()], state })).toMatchObject(NOTHING_WRONG);
    }
  });

  test("counts what was sent after an answer that left it open", () => {
    const unknown = [anAsk({ status: undefined }), anAsk({ to: "+4915187654321", status: 502 })];
    const open = figures({ asked: unknown, taken: [sevenTook()] });
    expect(open).toMatchObject({ ...NOTHING_WRONG, unknown: 2, unknownSent: 1, acked: 0 });
  });
});

describe("a bad history is rejected", () => {
  test("an acked code that nobody took and whose state says otherwise", () => {
    for (const state of ["delivered", "sent", "unconfirmed", "verified"]) {
      expect(figures({ asked: [anAsk()], state }).lost).toBe(1);
    }
    expect(figures({ asked: [anAsk()] })).toMatchObject({ lost: 1, untruthful: 1, open: 1 });
  });

  test("a direct sender's acked code without an accept, for it has no state to excuse it", () => {
    expect(figures({ asked: [anAsk({ via: "direct", id: undefined })] }).lost).toBe(1);
  });

  test("a second copy on a route, explained only by a broken answer before", () => {
    const twice = (broken?: "reset") =>
      figures({
        asked: [anAsk()],
        taken: [sevenTook({ at: 5_000 }), sevenTook(broken ? { broken } : {})],
        state: "delivered",
      });
    expect(twice()).toMatchObject({ duplicates: 1, unexplained: 1, copiesSeven: 2 });
    expect(twice("reset")).toMatchObject({ duplicates: 1, unexplained: 0, cut: 1 });
  });

  test("a copy of a code that was refused, or of a number that nobody asked for", () => {
    const refused = anAsk({ status: 503, problem: "overloaded" });
    expect(figures({ asked: [refused], taken: [sevenTook()] })).toMatchObject({ ghosts: 1, refused: 1 });
    const stranger = sevenTook({ recipient: "4915100000000" });
    expect(figures({ asked: [anAsk()], taken: [sevenTook(), stranger] }).ghosts).toBe(1);
  });

  test("another text or another code for a number that was asked for", () => {
    const texts = [sevenTook(), sevenTook({ code: "999999" }), telegramTook({ code: "999999" })];
    expect(figures({ asked: [anAsk()], taken: texts })).toMatchObject({
      wrong: 2,
      copiesSeven: 1,
      ghosts: 0,
    });
  });

  test("a copy sent after expiry, and one that only arrives after it", () => {
    const late = figures({ asked: [anAsk()], taken: [sevenTook({ at: 60_001 })], state: "delivered" });
    expect(late).toMatchObject({ stale: 1, dead: 1, inLife: 0 });
    const queued = sevenTook({ at: 100, handOverAt: 59_900, ttlEndAt: 90_000 });
    expect(figures({ asked: [anAsk()], taken: [queued], state: "delivered" })).toMatchObject({
      stale: 0,
      dead: 1,
      inLife: 0,
    });
  });

  test("a state that contradicts the reports", () => {
    const state = (said: string, reports: "normal" | "undelivered" | "none") =>
      figures({ asked: [anAsk()], taken: [sevenTook({ reports })], state: said }).untruthful;
    expect([state("delivered", "normal"), state("unconfirmed", "normal")]).toEqual([0, 1]);
    expect([state("failed", "undelivered"), state("delivered", "undelivered")]).toEqual([0, 1]);
    expect([state("unconfirmed", "none"), state("delivered", "none")]).toEqual([0, 1]);
    expect(state("unconfirmed", "undelivered")).toBe(1);
  });

  test("a state left open, but not while its reports are on the way", () => {
    const sent = (readAt: number) =>
      first({ ...evidence({ asked: [anAsk()], taken: [sevenTook()], state: "sent" }), readAt });
    expect(sent(400 + 5_001)).toMatchObject({ open: 1, untruthful: 1, lost: 0 });
    expect(sent(1_000)).toMatchObject({ open: 1, untruthful: 0, lost: 0 });
  });

  test("a refusal while the person holds a code, unlike one before or after", () => {
    const asked = (...rest: { at: number; status: number }[]) =>
      figures({ asked: [anAsk(), ...rest.map((one) => anAsk(one))], taken: [sevenTook()] }).refusedAlive;
    expect(asked({ at: 5_000, status: 429 })).toBe(1);
    expect(asked({ at: 61_000, status: 429 }, { at: 5_000, status: 202 })).toBe(0);
  });

  test("a network that reports what never arrived", () => {
    const lied = figures({ asked: [anAsk()], taken: [sevenTook({ reports: "lying" })], state: "delivered" });
    expect(lied).toMatchObject({ inLife: 0, untruthful: 0 });
  });
});

describe("the third route", () => {
  test("has copies, money and first copies of its own", () => {
    const [second, third] = ["+4915187654321", "+4915187654322"];
    const all = figures({
      asked: [anAsk(), anAsk({ to: second, id: "d-2" }), anAsk({ to: third, id: "d-3" })],
      taken: [
        sevenTook(),
        gatewayapiTook({ at: 30_000 }),
        gatewayapiTook({ recipient: second.slice(1) }),
        telegramTook({ recipient: third.slice(1) }),
      ],
      states: { "d-1": "delivered", "d-2": "delivered", "d-3": "delivered" },
    });
    expect(all).toMatchObject(NOTHING_WRONG);
    expect(all).toMatchObject({ copiesSeven: 1, copiesTelegram: 1, copiesGatewayapi: 2, eurGatewayapi: 0.1 });
    const [spilled, telegram, gatewayapi] = [all.spilled!, all.firstTelegram!, all.firstGatewayapi!];
    expect([spilled, telegram, gatewayapi].map((share) => share.toFixed(3))).toEqual([
      "0.667",
      "0.333",
      "0.333",
    ]);
  });

  test("is judged for duplicates, strangers, wrong texts and copies after expiry", () => {
    const given = (...taken: Evidence["taken"]) =>
      figures({ asked: [anAsk()], taken: [sevenTook({ reports: "none" }), ...taken], state: "delivered" });
    const twice = [gatewayapiTook({ at: 5_000 }), gatewayapiTook({ at: 9_000 })];
    expect(given(...twice)).toMatchObject({ duplicates: 1, unexplained: 1, stale: 0 });
    const cut = gatewayapiTook({ at: 5_000, broken: "reset" });
    expect(given(cut, twice[1]!)).toMatchObject({ duplicates: 1, unexplained: 0, cut: 1 });
    expect(given(gatewayapiTook({ code: "999999" }))).toMatchObject({ wrong: 1, copiesGatewayapi: 0 });
    expect(given(gatewayapiTook({ recipient: "4915100000000" })).ghosts).toBe(1);
    expect(given(gatewayapiTook({ at: 60_001 }))).toMatchObject({ stale: 1, dead: 1 });
  });

  test("holds messages in a queue of its own, where they may die", () => {
    const given = (more: Parameters<typeof gatewayapiTook>[0]) =>
      figures({ asked: [anAsk()], taken: [gatewayapiTook(more)], state: "delivered" });
    expect(given({ handOverAt: 25_000 })).toMatchObject({ handsetP50: 25_300, onTime: 0, inLife: 1 });
    expect(given({ handOverAt: 59_900, ttlEndAt: 90_000 })).toMatchObject({ dead: 1, inLife: 0, stale: 0 });
    expect(given({ handOverAt: 60_200 })).toMatchObject({ inLife: 0, dead: 0, untruthful: 1 });
  });

  test("tells the truth about the phone, whatever is reported", () => {
    const given = (reports: "lying" | "lost" | "undelivered" | "failed", state: string) => {
      const { inLife, untruthful } = figures({
        asked: [anAsk()],
        taken: [gatewayapiTook({ reports })],
        state,
      });
      return [inLife, untruthful];
    };
    expect([given("lying", "delivered"), given("lost", "unconfirmed")]).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect([given("undelivered", "failed"), given("failed", "failed"), given("failed", "delivered")]).toEqual(
      [
        [0, 0],
        [0, 0],
        [0, 1],
      ],
    );
  });

  test("reports nothing to a service without an address", () => {
    const given = (state: string) =>
      figures({ asked: [anAsk()], taken: [gatewayapiTook({ callbackUrl: undefined })], state }).untruthful;
    expect([given("unconfirmed"), given("delivered")]).toEqual([0, 1]);
  });
});

test("the share that was refused is of all codes", () => {
  const refused = anAsk({ to: "+4915187654321", status: 503, problem: "overloaded", id: undefined });
  const asked = [
    anAsk(),
    refused,
    { ...refused, recipient: "4915187654322" },
    anAsk({ to: "+4915187654323" }),
  ];
  expect(figures({ asked, taken: [sevenTook()] })).toMatchObject({ shareRefused: 0.5, refused: 2 });
});

describe("groups", () => {
  test("have figures of their own, and nobody's copies stand in the first", () => {
    const other = "+4915187654321";
    const columns = check(
      evidence({
        asked: [anAsk({ who: "a" }), anAsk({ who: "b", to: other, id: "d-2" })],
        taken: [
          sevenTook(),
          sevenTook({ recipient: "4915100000000" }),
          telegramTook({ recipient: other.slice(1) }),
        ],
        states: { "d-1": "delivered", "d-2": "delivered" },
      }),
    );
    expect([...columns.keys()]).toEqual(["a", "b"]);
    expect(columns.get("a")).toMatchObject({ codes: 1, ghosts: 1, copiesSeven: 1, copiesTelegram: 0 });
    expect(columns.get("b")).toMatchObject({ codes: 1, copiesSeven: 0, copiesTelegram: 1, usd: 0.01 });
  });

  test("join reloads of one code into one case, timed from the first", () => {
    const asked = [anAsk(), anAsk({ at: 35_000, id: "d-1" })];
    const taken = [sevenTook({ reports: "lying" }), telegramTook({ at: 36_000 })];
    expect(figures({ asked, taken, state: "delivered" })).toMatchObject({
      codes: 1,
      copiesEach: 2,
      handsetP50: 36_300,
    });
    expect(NUMBER).toContain("+49");
  });
});
