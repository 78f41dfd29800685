import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { v7 } from "uuid";
import type { DeliveryStore } from "../../src/flows/ports.ts";
import type { SendLimits } from "../../src/redis/create-step.ts";
import { seededRandom } from "../support/chaos.ts";
import { aChange, aNewDelivery, aNumber, NO_LIMITS, type Step } from "../support/store-bundle.ts";

export type StoreHarness = {
  store: DeliveryStore;
  counts: () => Promise<Record<string, number>>;
  close: () => Promise<void>;
};

export type OpenStore = (limits: SendLimits) => StoreHarness;

/** What every delivery store keeps, whatever it is made of. Runs in real time. */
export function deliveryStoreConformance(name: string, open: OpenStore): void {
  describe(`the ${name} delivery store`, () => {
    let harness: StoreHarness;
    let store: DeliveryStore;
    beforeEach(() => {
      harness = open(NO_LIMITS);
      store = harness.store;
    });
    afterEach(() => harness.close());

    const created = async (changes?: Parameters<typeof aNewDelivery>[0]) => {
      const entry = aNewDelivery(changes);
      expect(await store.create(entry)).toMatchObject({ kind: "created" });
      return { entry, id: entry.delivery.id, stored: (await store.load(entry.delivery.id))! };
    };

    test("gives back what it was given, with its secrets", async () => {
      const { entry, id, stored } = await created();
      expect(stored).toEqual({ delivery: entry.delivery, version: 1 });
      const { recipient, content } = entry;
      expect(await store.loadWithSecrets(id)).toEqual({ ...stored, secrets: { recipient, content } });
      expect(await store.load(v7())).toBeUndefined();
      expect(await store.loadWithSecrets(v7())).toBeUndefined();
    });

    test("the same text to the same number by the same client is answered with the first delivery", async () => {
      const { entry, stored } = await created();
      const { recipient, content } = entry;
      const again = aNewDelivery({ recipient, content });
      expect(await store.create(again)).toEqual({
        kind: "repeated",
        delivery: stored.delivery,
        by: "text",
      });
      expect(await store.load(again.delivery.id)).toBeUndefined();
      for (const other of [
        { recipient: aNumber(), content },
        { recipient, content: { code: "999999", text: "999999 is another code" } },
        { recipient, content, delivery: { clientId: "other" } },
      ]) {
        expect(await store.create(aNewDelivery(other))).toMatchObject({ kind: "created" });
      }
    });

    test.each(["cancelled", "closed"] as const)(
      "is a new delivery once the first was %s unsent",
      async (end) => {
        const { entry, stored } = await created();
        await store.save(aChange(stored, end));
        expect(await store.create(aNewDelivery({ ...entry, delivery: {} }))).toMatchObject({
          kind: "created",
        });
      },
    );

    test("a verified delivery is still the answer to its text", async () => {
      const { entry, stored } = await created();
      await store.save(aChange(stored, "verified"));
      const again = aNewDelivery({ recipient: entry.recipient, content: entry.content });
      expect(await store.create(again)).toMatchObject({ kind: "repeated", delivery: { state: "verified" } });
    });

    test("a text is forgotten as an identity when its code is dead", async () => {
      const { entry } = await created({ delivery: { expiresAt: Date.now() + 30 } });
      const again = () => store.create(aNewDelivery({ recipient: entry.recipient, content: entry.content }));
      await expect.poll(async () => (await again()).kind, { timeout: 2_000 }).toBe("created");
    });

    test("an idempotency key is bound to its body and its client", async () => {
      const key = { idempotencyKey: "k1", fingerprint: "body" };
      const { id, stored } = await created(key);
      expect(await store.create(aNewDelivery(key))).toMatchObject({
        kind: "repeated",
        by: "key",
        delivery: { id },
      });
      expect(await store.create(aNewDelivery({ ...key, fingerprint: "other" }))).toEqual({
        kind: "key_conflict",
      });
      const stranger = aNewDelivery({ ...key, fingerprint: "other", delivery: { clientId: "other" } });
      expect(await store.create(stranger)).toMatchObject({ kind: "created" });
      await store.save(aChange(stored, "cancelled"));
      expect(await store.create(aNewDelivery(key))).toMatchObject({
        kind: "repeated",
        delivery: { id, state: "cancelled" },
      });
    });

    test("a key that came with the text of a living delivery is bound to that one", async () => {
      const { entry, id } = await created();
      const { recipient, content } = entry;
      const keyed = { recipient, content, idempotencyKey: "k2", fingerprint: "a" };
      expect(await store.create(aNewDelivery(keyed))).toMatchObject({ kind: "repeated", delivery: { id } });
      const other = aNewDelivery({ idempotencyKey: "k2", fingerprint: "b" });
      expect(await store.create(other)).toEqual({ kind: "key_conflict" });
    });

    test.each([
      ["ten minutes", { per10Min: 2, perDay: 0 }, 600_000],
      ["a day", { per10Min: 0, perDay: 2 }, 86_400_000],
    ])(
      "the limit of %s holds across clients, counts sends only and knows its end",
      async (_, limits, endMs) => {
        const limited = open(limits);
        const recipient = aNumber();
        const send = (delivery: object = {}) => limited.store.create(aNewDelivery({ recipient, delivery }));
        const first = aNewDelivery({ recipient });
        expect(await limited.store.create(first)).toMatchObject({ kind: "created" });
        for (let i = 0; i < 5; i++) {
          const again = aNewDelivery({ recipient, content: first.content });
          expect(await limited.store.create(again)).toMatchObject({ kind: "repeated" });
        }
        expect(await send({ clientId: "other" })).toMatchObject({ kind: "created" });
        const refused = await send();
        expect(refused).toMatchObject({ kind: "recipient_limit" });
        if (refused.kind !== "recipient_limit") throw new Error("unreachable");
        expect(refused.retryAfterMs).toBeGreaterThan(endMs - 20_000);
        expect(refused.retryAfterMs).toBeLessThanOrEqual(endMs);
        expect(await send({ purpose: "enrolment" })).toMatchObject({ kind: "created" });
        expect(await limited.store.create(aNewDelivery())).toMatchObject({ kind: "created" });
        await limited.close();
      },
    );

    test("of many changes to one version one is saved", async () => {
      const { id, stored } = await created();
      const results = await Promise.all(
        Array.from({ length: 10 }, () => store.save(aChange(stored, "intended"))),
      );
      expect(results.filter((r) => r.kind === "saved")).toEqual([{ kind: "saved", version: 2, parked: [] }]);
      expect(results.filter((r) => r.kind === "conflict")).toHaveLength(9);
      expect(await store.load(id)).toMatchObject({ version: 2, delivery: { state: "sending" } });
    });

    test("a delivery that is not there is a conflict, not a new one", async () => {
      const { delivery } = aNewDelivery();
      expect(await store.save(aChange({ delivery, version: 1 }, "intended"))).toEqual({ kind: "conflict" });
      expect(await store.load(delivery.id)).toBeUndefined();
    });

    test("a change that comes too late by the store's clock changes nothing", async () => {
      const { id, stored } = await created();
      const late = aChange(stored, "intended", { notAfter: Date.now() - 2_000 });
      expect(await store.save(late)).toEqual({ kind: "too_late" });
      expect(await store.load(id)).toEqual(stored);
      expect(await store.save({ ...late, notAfter: Date.now() + 2_000 })).toMatchObject({ kind: "saved" });
    });

    test("the content is gone after an end, the number is not", async () => {
      const { entry, id, stored } = await created();
      await store.save(aChange(stored, "cancelled"));
      expect((await store.loadWithSecrets(id))?.secrets).toEqual({
        recipient: entry.recipient,
        content: undefined,
      });
    });

    test("after a random walk the counters add up and name the states that are stored", async () => {
      const random = seededRandom(7);
      const steps: Step[] = ["intended", "accepted", "cancelled", "verified", "closed"];
      const ids: string[] = [];
      for (let i = 0; i < 30; i++) ids.push((await created()).id);
      const walk = Array.from({ length: 200 }, async () => {
        const stored = (await store.load(ids[Math.floor(random() * ids.length)]!))!;
        const step = steps[Math.floor(random() * steps.length)]!;
        const change = aChange(stored, step);
        const ended = ["cancelled", "verified", "unconfirmed", "expired"].includes(change.to.state);
        await store.save({ ...change, dueAt: ended ? undefined : Date.now() + 60_000 });
      });
      await Promise.all(walk);
      const states: Record<string, number> = {};
      for (const id of ids) {
        const { state } = (await store.load(id))!.delivery;
        states[state] = (states[state] ?? 0) + 1;
      }
      const { accepted, ...counts } = await harness.counts();
      expect(accepted).toBe(30);
      expect(Object.fromEntries(Object.entries(counts).filter(([, n]) => n !== 0))).toEqual(states);
    });
  });
}
