import { expect } from "vitest";
import type { Attempt, Delivery } from "../../src/core/delivery.ts";
import { type MoveContext, nextMove } from "../../src/core/next-move.ts";
import { aDelivery, anAttempt, CREATED_AT, DELIVERY_ID, testRules } from "./build.ts";

/** The move after these attempts; `changes` are made to the delivery and the context. */
export function move(
  attempts: Partial<Attempt>[],
  changes: Partial<MoveContext> & { delivery?: Partial<Delivery> } = {},
) {
  const { delivery, ...context } = changes;
  const numbered = attempts.map((a, index) => anAttempt({ number: index + 1, ...a }));
  return nextMove(aDelivery({ attempts: numbered, ...delivery }), {
    now: CREATED_AT + 1_000,
    rules: testRules(),
    random: () => 0.5,
    ...context,
  });
}

/** What a move to an attempt on this route looks like. */
export const next = (route: string, why: string, number = 2) =>
  expect.objectContaining({
    kind: "attempt",
    next: expect.objectContaining({ route, why, number, reference: `${DELIVERY_ID}-${number}` }),
  });
