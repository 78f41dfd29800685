import { describe, expect, test } from "vitest";
import type { Attempt, Delivery } from "../../../src/core/delivery.ts";
import {
  acceptedNote,
  figureNotes,
  type FigureNote,
  refusedNote,
  totalsOf,
} from "../../../src/core/figures.ts";
import { aDelivery, anAttempt, CREATED_AT } from "../../support/build.ts";

const T = CREATED_AT;
const before = aDelivery({ callingCode: "49", state: "sending", attempts: [anAttempt()] });
const after = (attempt: Partial<Attempt>, more: Partial<Delivery> = {}): Delivery => ({
  ...before,
  ...more,
  attempts: [anAttempt(attempt)],
});
const accepted = { state: "accepted", settledAt: T + 200, acceptedAt: T + 200 } as const;
const ofAll = (notes: readonly FigureNote[]) =>
  Object.fromEntries(notes.filter(({ all }) => all).flatMap(({ sums }) => sums));
const ofRoute = (notes: readonly FigureNote[]) =>
  Object.fromEntries(notes.filter(({ route, all }) => route && !all).flatMap(({ sums }) => sums));

describe("what a stored change adds to the figures", () => {
  test("a delivery that is taken on counts for its client and country", () =>
    expect(acceptedNote(before)).toEqual({
      all: true,
      clientId: "cloud",
      country: "49",
      sums: [["accepted", 1]],
    }));

  test("a refusal counts under its reason", () =>
    expect(ofAll([refusedNote("cloud", "49", "blocked")])).toEqual({ refused: 1, "x:blocked": 1 }));

  test("the first accept and later ones", () => {
    const first = after(accepted, { state: "sent" });
    expect(ofAll(figureNotes(before, first))).toEqual({ sent: 1, firstAccepts: 1 });
    expect(ofRoute(figureNotes(before, first))).toEqual({ calls: 1, accepted: 1, a1: 1 });
    const second = { ...first, attempts: [...first.attempts, anAttempt({ ...accepted, number: 2 })] };
    expect(ofAll(figureNotes(first, second))).toEqual({ sent: 1 });
    expect(figureNotes(second, second)).toEqual([]);
  });

  test("arrival counts once, with the time since the intake, whatever the state says by then", () => {
    const sent = after(accepted, { state: "sent" });
    const there = after({ ...accepted, state: "delivered", deliveredAt: T + 4_000 }, { state: "delivered" });
    expect(ofAll(figureNotes(sent, there))).toEqual({ delivered: 1, h3: 1 });
    const verified = { ...sent, state: "verified" as const, verifiedAt: T + 3_000 };
    expect(ofAll(figureNotes(sent, verified))).toEqual({ verified: 1 });
    expect(ofAll(figureNotes(verified, { ...there, ...verified, attempts: there.attempts }))).toEqual({
      delivered: 1,
      h3: 1,
    });
  });

  test.each(["failed", "expired", "unconfirmed", "cancelled"] as const)("the end %s, once", (state) => {
    const end = after({}, { state, endedAt: T + 9 });
    expect(ofAll(figureNotes(before, end))).toEqual({ [state]: 1 });
    expect(ofAll(figureNotes(end, { ...end }))).toEqual({});
  });

  test("an end that a late report lifts stays, and counts as late", () => {
    const end = after(accepted, { state: "unconfirmed", endedAt: T + 9 });
    const lifted = after(
      { ...accepted, state: "delivered", deliveredAt: T + 700_000 },
      { state: "delivered", late: true },
    );
    expect(ofAll(figureNotes(end, lifted))).toEqual({ delivered: 1, h16: 1, late: 1 });
  });

  test("calls that ended without an accept; one that an operator stopped was none", () => {
    const refused = after({ state: "refused", detail: "account_credit", settledAt: T + 9 });
    expect(ofRoute(figureNotes(before, refused))).toEqual({ calls: 1, refused: 1 });
    const stopped = after({ state: "unavailable", detail: "stopped", settledAt: T + 9 });
    expect(figureNotes(before, stopped)).toEqual([]);
  });

  test("money, for all, the route and the client; a refund takes it off again", () => {
    const cost = { micros: 75_000, currency: "EUR" };
    const paid = after({ ...accepted, cost }, { state: "sent" });
    const [note] = figureNotes(before, paid).filter(({ sums }) => sums.some(([sum]) => sum === "c:EUR"));
    expect(note).toEqual({ all: true, route: "seven-sms", clientId: "cloud", sums: [["c:EUR", 75_000]] });
    const back = after({ ...accepted, cost, refundedAt: T + 9 }, { state: "sent" });
    expect(ofAll(figureNotes(paid, back))).toEqual({ "c:EUR": -75_000 });
  });
});

describe("what sums tell", () => {
  test("counts, refusals by reason, money by currency and the time to the handset", () => {
    const sums = new Map([
      ["accepted", 10],
      ["refused", 3],
      ["x:blocked", 2],
      ["x:busy", 1],
      ["h0", 10],
      ["h4", 10],
      ["c:EUR", 150_000],
      ["c:USD", 10_000],
    ]);
    expect(totalsOf(sums)).toMatchObject({
      accepted: 10,
      delivered: 0,
      refused: 3,
      refusedFor: { blocked: 2, busy: 1 },
      toHandset: { p50Ms: 1_000, p95Ms: 7_700 },
      cost: { EUR: 150_000, USD: 10_000 },
    });
  });

  test("nothing is nothing, not a time of 0", () =>
    expect(totalsOf(new Map())).toMatchObject({ accepted: 0, toHandset: undefined, cost: {} }));
});
