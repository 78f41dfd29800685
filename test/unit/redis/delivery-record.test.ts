import { expect, test } from "vitest";
import type { Delivery } from "../../../src/core/delivery.ts";
import { fromDoc, toDoc } from "../../../src/redis/delivery-record.ts";
import { aDelivery, anAttempt, aPlan } from "../../support/build.ts";

const NOW = 1_795_000_000_000;
const ID = "019aa000-0000-7000-8000-000000000001";
const base = { id: ID, createdAt: NOW, expiresAt: NOW + 300_000 };
const usual = { reference: `${ID}-1`, plannedAt: NOW, notBefore: NOW };

const DELIVERIES: [string, Delivery][] = [
  ["that waits for its first attempt", aDelivery({ ...base, next: aPlan(usual) })],
  [
    "that waits for a later attempt",
    aDelivery({
      ...base,
      next: aPlan({
        ...usual,
        number: 2,
        reference: `${ID}-2`,
        why: "silence",
        plannedAt: NOW + 5,
        notBefore: NOW + 9,
      }),
    }),
  ],
  [
    "whose attempt keeps the reference of another one",
    aDelivery({ ...base, purpose: "enrolment", attempts: [anAttempt({ number: 2, reference: `${ID}-1` })] }),
  ],
  ["with routes left out", aDelivery({ ...base, skipped: [{ route: "telegram-gateway", why: "consent" }] })],
];

test.each(DELIVERIES)("a delivery %s comes back as it was", (_, delivery) => {
  expect(fromDoc(toDoc(delivery))).toEqual(delivery);
});

test("what is nearly always the same takes no room", () => {
  const doc = toDoc(aDelivery({ ...base, next: aPlan(usual) }));
  for (const word of ["purpose", "reference", "why", "plannedAt", "notBefore", "skipped", "attempts"]) {
    expect(doc).not.toContain(word);
  }
  expect(JSON.parse(doc)).toMatchObject({ next: {} });
  expect(Object.keys((JSON.parse(doc) as Delivery).next ?? {})).toEqual([]);
});

test("a record of version 0.1.0, which left nothing of that out, reads the same", () => {
  const delivery = aDelivery({ ...base, next: aPlan(usual) });
  expect(fromDoc(JSON.stringify(delivery))).toEqual(delivery);
});
