import { describe, expect, test } from "vitest";
import { nextStep, type Progress } from "../../../src/providers/seven-journal-next.ts";
import type { Asked, Question } from "../../../src/providers/seven-journal-questions.ts";
import { startWalk } from "../../../src/providers/seven-journal-walk.ts";
import type { Msisdn } from "../../../src/core/phone.ts";

const NOW = Date.UTC(2026, 0, 5, 9);
const TO = "+4915112345678" as Msisdn;
const REFERENCE = "019aa000-0000-7000-8000-000000000001-1";

function aQuestion(kind: Asked["kind"], askedAt: number): Question {
  const message = { to: TO, reference: REFERENCE, sentAt: NOW - 20_000 };
  const asked: Asked =
    kind === "status" ? { kind, ...message, providerMessageId: "7" } : { kind, ...message };
  return { asked, askedAt, isSingle: false, settle: () => undefined };
}

/** The newest page was read at 1,000 and held none of them. */
function progressed(last: Progress["last"]): Progress {
  const rows = Array.from({ length: 100 }, (_, n) => {
    return {
      id: String(n),
      reference: undefined,
      at: NOW - n,
      price: undefined,
      dlr: undefined,
      dlrAt: undefined,
    };
  });
  const walk = startWalk({ startedAt: 1_000, sinceAt: NOW }, { rows, isReadable: true, isLast: false });
  return {
    walk,
    headFrom: NOW,
    endedFrom: Number.NEGATIVE_INFINITY,
    wantedFrom: Number.POSITIVE_INFINITY,
    last,
  };
}

describe("the next turn at the journal", () => {
  const doubts = (count: number, askedAt: number) =>
    Array.from({ length: count }, () => aQuestion("lookUp", askedAt));

  test("is the newest page for doubts that it may hold", () => {
    expect(nextStep(doubts(2, 2_000), { ...progressed("single"), walk: undefined }, NOW)).toEqual({
      kind: "head",
    });
  });

  test("asks for each of a few doubts by itself once the newest page did not hold them", () => {
    const open = [...doubts(8, 500), aQuestion("status", 500)];
    for (const last of ["head", "deeper", "single"] as const) {
      expect(nextStep(open, progressed(last), NOW)).toEqual({ kind: "single", question: open[0] });
    }
  });

  test("walks on for many doubts, and for statuses alone", () => {
    expect(nextStep(doubts(9, 500), progressed("head"), NOW)).toMatchObject({ kind: "deeper" });
    const statuses = [aQuestion("status", 500), aQuestion("status", 500)];
    expect(nextStep(statuses, progressed("head"), NOW)).toMatchObject({ kind: "deeper" });
  });
});
