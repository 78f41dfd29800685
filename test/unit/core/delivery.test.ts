import { describe, expect, test } from "vitest";
import {
  ATTEMPT_STATES,
  attemptReference,
  DELIVERY_STATES,
  hasEnded,
  isLive,
  isPaid,
  parseReference,
  stateRank,
} from "../../../src/core/delivery.ts";
import { aDelivery, anAttempt, DELIVERY_ID } from "../../support/build.ts";

describe("ranks", () => {
  test("verified stands above delivered, delivered above the other ends, those above what is open", () => {
    expect(DELIVERY_STATES.map((s) => [s, stateRank(s)])).toEqual([
      ["queued", 0],
      ["sending", 1],
      ["sent", 2],
      ["failed", 3],
      ["expired", 3],
      ["unconfirmed", 3],
      ["cancelled", 3],
      ["delivered", 4],
      ["verified", 5],
    ]);
  });

  test("only queued, sending and sent are open", () => {
    const open = DELIVERY_STATES.filter((state) => !hasEnded(aDelivery({ state })));
    expect(open).toEqual(["queued", "sending", "sent"]);
  });
});

describe("attempts", () => {
  test("a message may still arrive while its attempt is sending, uncertain or accepted", () => {
    expect(ATTEMPT_STATES.filter((state) => isLive(anAttempt({ state })))).toEqual([
      "sending",
      "uncertain",
      "accepted",
    ]);
  });

  test("everything but a refusal or an outage may be billed", () => {
    expect(ATTEMPT_STATES.filter((state) => !isPaid(anAttempt({ state, detail: "connect" })))).toEqual([
      "unavailable",
      "refused",
    ]);
  });

  test("a message that a journal does not show may be billed nevertheless", () => {
    expect(isPaid(anAttempt({ state: "unavailable", detail: "absent" }))).toBe(true);
  });
});

describe("references", () => {
  test.each([1, 9, 10, 999])("attempt %d is found again from its reference", (attempt) => {
    expect(parseReference(attemptReference(DELIVERY_ID, attempt))).toEqual({
      deliveryId: DELIVERY_ID,
      attempt,
    });
  });

  test.each([
    "",
    DELIVERY_ID,
    `${DELIVERY_ID}-0`,
    `${DELIVERY_ID}-01`,
    `${DELIVERY_ID}-1000`,
    `${DELIVERY_ID}-1 `,
    `x${DELIVERY_ID}-1`,
    `${DELIVERY_ID.toUpperCase().replaceAll("0", "A")}-1`,
    "019aa000-0000-4000-8000-000000000001-1",
    "019aa000-0000-7000-c000-000000000001-1",
  ])("%j is not one of ours", (reference) => {
    expect(parseReference(reference)).toBeUndefined();
  });
});
