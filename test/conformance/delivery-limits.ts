import { afterEach, describe, expect, test } from "vitest";
import { advance } from "../../src/core/advance.ts";
import type { Delivery } from "../../src/core/delivery.ts";
import type { Cost } from "../../src/core/outcome.ts";
import type { Msisdn } from "../../src/core/phone.ts";
import type { NewDelivery } from "../../src/flows/ports.ts";
import type { SendLimits } from "../../src/redis/create-step.ts";
import { seededRandom } from "../support/chaos.ts";
import { aChange, aNewDelivery, aNumber, NO_LIMITS } from "../support/store-bundle.ts";
import type { OpenStore, StoreHarness } from "./delivery-store.ts";

const CALLERS = 200;
type Changes = Parameters<typeof aNewDelivery>[0];

/** What every delivery store counts before it takes a delivery on. */
export function deliveryLimitsConformance(name: string, open: OpenStore): void {
  describe(`the limits of the ${name} delivery store`, () => {
    const opened: StoreHarness[] = [];
    afterEach(() => Promise.all(opened.splice(0).map((harness) => harness.close())));

    function limited(limits: SendLimits = NO_LIMITS) {
      const harness = open(limits);
      opened.push(harness);
      const { store } = harness;
      const send = (changes: Changes = {}) => store.create(aNewDelivery(changes));
      const kindsOf = async (changes: readonly Changes[]) => {
        const kinds = [];
        for (const one of changes) kinds.push((await send(one)).kind);
        return kinds;
      };
      const change = async (id: string, next: (delivery: Delivery) => Delivery) => {
        const from = (await store.load(id))!;
        const saved = await store.save({
          from,
          to: next(from.delivery),
          dueAt: Date.now() + 60_000,
          binds: [],
        });
        expect(saved.kind).toBe("saved");
      };
      /** A login that the provider reported to be on the phone. */
      const deliverLogin = async (recipient: Msisdn, changes: Changes = {}) => {
        const entry = aNewDelivery({ recipient, ...changes });
        expect(await store.create(entry)).toMatchObject({ kind: "created" });
        await change(entry.delivery.id, (d) => delivered(taken(d)));
      };
      return { store, send, kindsOf, change, deliverLogin };
    }

    test.each([
      ["recipient_limit", { per10Min: 7, perDay: 0 }, {}, true, 7],
      ["recipient_limit", { per10Min: 0, perDay: 9 }, {}, true, 9],
      ["prefix_limit", { ...NO_LIMITS, prefixPer10Min: 20, newPrefixPer10Min: 5 }, {}, false, 5],
      ["client_limit", NO_LIMITS, { perDay: 11 }, false, 11],
      ["spend_cap", NO_LIMITS, { spendMicros: 1_000_000 }, false, 13],
    ] as const)(
      `of ${CALLERS} at once %s lets exactly its share through (%j)`,
      async (kind, limits, own, one, share) => {
        const { send } = limited(limits);
        const recipient = aNumber();
        const changes = () => ({
          recipient: one ? recipient : neighbour(),
          limits: own,
          delivery: {
            ...PRICED,
            purpose: kind === "prefix_limit" ? ("enrolment" as const) : ("login" as const),
          },
        });
        const kinds = (await Promise.all(Array.from({ length: CALLERS }, () => send(changes())))).map(
          (c) => c.kind,
        );
        expect(kinds.filter((k) => k === "created")).toHaveLength(share);
        expect(kinds.filter((k) => k === kind)).toHaveLength(CALLERS - share);
      },
    );

    test("a number with a delivered login has two more in ten minutes, whichever window is full", async () => {
      for (const limits of [
        { per10Min: 2, perDay: 0 },
        { per10Min: 0, perDay: 2 },
      ]) {
        const { send, kindsOf, deliverLogin } = limited(limits);
        const recipient = aNumber();
        await deliverLogin(recipient);
        expect(await kindsOf(Array.from({ length: 4 }, () => ({ recipient })))).toEqual([
          "created",
          "created",
          "created",
          "recipient_limit",
        ]);
        const refused = await send({ recipient });
        if (refused.kind !== "recipient_limit") throw new Error(refused.kind);
        expect(refused.retryAfterMs).toBeGreaterThan(580_000);
        expect(refused.retryAfterMs).toBeLessThanOrEqual(600_000);
      }
    });

    test("the reserve is for logins, and for numbers that had one delivered", async () => {
      const { kindsOf, change, deliverLogin, store } = limited({ per10Min: 1, perDay: 0 });
      const [known, stranger] = [aNumber(), aNumber()];
      await deliverLogin(known);
      const enrolment = { recipient: known, delivery: { purpose: "enrolment" as const } };
      expect(await kindsOf([enrolment, enrolment])).toEqual(["created", "recipient_limit"]);
      const first = aNewDelivery({ recipient: stranger });
      await store.create(first);
      await change(first.delivery.id, taken);
      expect(await kindsOf([{ recipient: stranger }])).toEqual(["recipient_limit"]);
      const other = { ...first, recipient: aNumber(), delivery: { purpose: "enrolment" as const } };
      const enrolled = aNewDelivery(other);
      await store.create(enrolled);
      await change(enrolled.delivery.id, (d) => delivered(taken(d)));
      expect(await kindsOf([{ recipient: enrolled.recipient }, { recipient: enrolled.recipient }])).toEqual([
        "created",
        "recipient_limit",
      ]);
    });

    test("a flood of enrolments and tests locks nobody out", async () => {
      const { kindsOf } = limited({ per10Min: 3, perDay: 3, prefixPer10Min: 50 });
      const recipient = aNumber();
      const flood = Array.from({ length: 30 }, (_, i) => ({
        recipient,
        delivery: { purpose: i % 2 === 0 ? ("enrolment" as const) : ("test" as const) },
      }));
      expect((await kindsOf(flood)).filter((kind) => kind === "created")).toHaveLength(3);
      expect(await kindsOf([{ recipient }, { recipient }, { recipient }])).toEqual(Array(3).fill("created"));
    });

    test("neighbouring numbers share a limit, logins and good numbers are left out", async () => {
      const { kindsOf, deliverLogin } = limited({ ...NO_LIMITS, prefixPer10Min: 2 });
      const [a, b, c, good] = Array.from({ length: 4 }, (_, i) => `+4915733${440_000 + i}0` as Msisdn) as [
        Msisdn,
        Msisdn,
        Msisdn,
        Msisdn,
      ];
      const enrol = (recipient: Msisdn) => ({ recipient, delivery: { purpose: "enrolment" as const } });
      await deliverLogin(good);
      expect(await kindsOf([enrol(a), enrol(b), enrol(c), { recipient: c }, enrol(good)])).toEqual([
        "created",
        "created",
        "prefix_limit",
        "created",
        "created",
      ]);
      expect(await kindsOf([enrol("+4915733550001" as Msisdn)])).toEqual(["created"]);
    });

    test("a client's day is its own and ends at midnight, UTC", async () => {
      const { send, kindsOf } = limited();
      const own = { limits: { perDay: 1 } };
      expect(await kindsOf([own, own, { ...own, delivery: { clientId: "other" } }])).toEqual([
        "created",
        "client_limit",
        "created",
      ]);
      const refused = await send(own);
      if (refused.kind !== "client_limit") throw new Error(refused.kind);
      const midnight = new Date().setUTCHours(24, 0, 0, 0);
      expect(Math.abs(Date.now() + refused.retryAfterMs - midnight)).toBeLessThan(5_000);
      const tomorrow = { createdAt: midnight + 1_000, expiresAt: midnight + 300_000 };
      expect(await kindsOf([{ ...own, delivery: tomorrow }])).toEqual(["created"]);
    });

    test("money is reserved, corrected by the provider's price and given back for what is not sent", async () => {
      const { store, kindsOf, change } = limited();
      const priced = { limits: { spendMicros: 151_000 }, delivery: PRICED };
      const first = aNewDelivery(priced);
      const second = aNewDelivery(priced);
      expect(await store.create(first)).toMatchObject({ kind: "created" });
      expect(await store.create(second)).toMatchObject({ kind: "created" });
      expect(await kindsOf([priced])).toEqual(["spend_cap"]);
      // 75,000 were expected: a price of 1,000 leaves room for nearly one more.
      await change(first.delivery.id, (d) => taken(d, { micros: 1_000, currency: "EUR" }));
      expect(await kindsOf([priced, priced])).toEqual(["created", "spend_cap"]);
      await store.save(aChange((await store.load(second.delivery.id))!, "cancelled"));
      expect(await kindsOf([priced, priced])).toEqual(["created", "spend_cap"]);
    });

    test("a price in another currency leaves the expected one", async () => {
      const { store, kindsOf, change } = limited();
      const priced = { limits: { spendMicros: 100_000 }, delivery: PRICED };
      const first = aNewDelivery(priced);
      await store.create(first);
      await change(first.delivery.id, (d) => taken(d, { micros: 1, currency: "USD" }));
      expect(await kindsOf([priced])).toEqual(["spend_cap"]);
    });

    test("no limit refuses a text that lives, whatever came before", async () => {
      const random = seededRandom(11);
      const { store } = limited({ per10Min: 2, perDay: 3, prefixPer10Min: 4, newPrefixPer10Min: 2 });
      const limits = { perDay: 25, spendMicros: 1_500_000 };
      const numbers = Array.from({ length: 6 }, neighbour);
      const living: NewDelivery[] = [];
      const refused = new Set<string>();
      for (let i = 0; i < 300; i++) {
        const recipient = numbers[Math.floor(random() * numbers.length)]!;
        const purpose = random() < 0.5 ? ("login" as const) : ("enrolment" as const);
        const clientId = random() < 0.8 ? "cloud" : "other";
        const entry = aNewDelivery({ recipient, limits, delivery: { ...PRICED, purpose, clientId } });
        const { kind } = await store.create(entry);
        if (kind === "created") living.push(entry);
        else refused.add(kind);
        const again = living[Math.floor(random() * living.length)]!;
        const { delivery } = again;
        const repeat = aNewDelivery({
          recipient: again.recipient,
          content: again.content,
          limits,
          delivery: { clientId: delivery.clientId, purpose: delivery.purpose },
        });
        expect(await store.create(repeat)).toMatchObject({ kind: "repeated", delivery: { id: delivery.id } });
      }
      expect([...refused].toSorted()).toEqual(["prefix_limit", "recipient_limit"]);
    });
  });
}

const PRICED = { plan: ["seven-sms", "telegram-gateway"], prices: [75_000, 10_000] };

let neighbours = 0;

/** One after the other, all of one range. */
function neighbour(): Msisdn {
  return `+491511999${String(neighbours++ % 10_000).padStart(4, "0")}` as Msisdn;
}

function taken(delivery: Delivery, cost?: Cost): Delivery {
  const at = Date.now();
  const begun = advance(delivery, { kind: "intended", at });
  const outcome = { kind: "accepted", providerMessageId: `m-${delivery.id}`, cost } as const;
  return advance(begun, { kind: "outcome", attempt: begun.attempts.length, outcome, at });
}

function delivered(delivery: Delivery): Delivery {
  const report = {
    status: "delivered",
    said: "DELIVERED",
    providerMessageId: undefined,
    reference: undefined,
  } as const;
  const at = Date.now();
  return advance(delivery, { kind: "reported", attempt: 1, report: { ...report, reportedAt: at }, at });
}
