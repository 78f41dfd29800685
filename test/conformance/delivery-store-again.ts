import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Delivery } from "../../src/core/delivery.ts";
import type { DeliveryStore, NewDelivery, Stored } from "../../src/flows/ports.ts";
import { aPlan } from "../support/build.ts";
import { aChange, aNewDelivery, aNumber, NO_LIMITS } from "../support/store-bundle.ts";
import type { OpenStore, StoreHarness } from "./delivery-store.ts";

/** What every delivery store knows of codes that are asked for again. */
export function deliveryStoreAgainConformance(name: string, open: OpenStore): void {
  describe(`codes that are asked for again in the ${name} delivery store`, () => {
    let harness: StoreHarness;
    let store: DeliveryStore;
    beforeEach(() => {
      harness = open(NO_LIMITS);
      store = harness.store;
    });
    afterEach(() => harness.close());

    const created = async (changes?: Parameters<typeof aNewDelivery>[0]) => {
      const entry = aNewDelivery(changes);
      expect(await store.create(entry)).toEqual({ kind: "created" });
      return { entry, id: entry.delivery.id, stored: (await store.load(entry.delivery.id))! };
    };
    const againOf = ({ recipient, content }: NewDelivery, delivery: Partial<Delivery> = {}) =>
      aNewDelivery({ recipient, content, delivery });

    test("living finds the delivery of a text without storing anything", async () => {
      const { entry, id } = await created();
      const again = againOf(entry);
      expect(await store.living(again)).toMatchObject({ id, state: "queued" });
      expect(await store.load(again.delivery.id)).toBeUndefined();
      expect(await harness.counts()).toMatchObject({ accepted: 1 });
      for (const other of [
        againOf({ ...entry, recipient: aNumber() }),
        againOf({ ...entry, content: { code: undefined, text: "another" } }),
        againOf(entry, { clientId: "other" }),
      ]) {
        expect(await store.living(other)).toBeUndefined();
      }
    });

    test.each([
      ["verified", true],
      ["cancelled", false],
      ["closed", false],
    ] as const)("a delivery that was %s lives: %s", async (end, lives) => {
      const { entry, id, stored } = await created();
      await store.save(aChange(stored, end));
      expect((await store.living(againOf(entry)))?.id).toBe(lives ? id : undefined);
    });

    test("the newest login of a number is the last one that was taken on", async () => {
      const recipient = aNumber();
      expect(await store.newestLogin("cloud", recipient)).toBeUndefined();
      const first = await created({ recipient });
      expect(await store.newestLogin("cloud", recipient)).toBe(first.id);
      const second = await created({ recipient });
      expect(await store.newestLogin("cloud", recipient)).toBe(second.id);
      await store.create(againOf(first.entry));
      await created({ recipient, delivery: { purpose: "enrolment" } });
      expect(await store.newestLogin("cloud", recipient)).toBe(second.id);
      expect(await store.newestLogin("cloud", aNumber())).toBeUndefined();
    });

    test("another client's login is not shown, and hides nobody's own", async () => {
      const recipient = aNumber();
      await created({ recipient, delivery: { clientId: "other" } });
      expect(await store.newestLogin("cloud", recipient)).toBeUndefined();
      const own = await created({ recipient });
      const others = await created({ recipient, delivery: { clientId: "other" } });
      expect(await store.newestLogin("cloud", recipient)).toBe(own.id);
      expect(await store.newestLogin("other", recipient)).toBe(others.id);
    });

    test("a login that ended without an accept is not shown, a verified one is", async () => {
      const recipient = aNumber();
      const first = await created({ recipient });
      await store.save(aChange(first.stored, "cancelled"));
      expect(await store.newestLogin("cloud", recipient)).toBeUndefined();
      const second = await created({ recipient });
      await store.save(aChange(second.stored, "verified"));
      expect(await store.newestLogin("cloud", recipient)).toBe(second.id);
    });

    const secretsOf = async (id: string) => (await store.loadWithSecrets(id))?.secrets;
    /** As a code that was delivered and is planned once more. */
    const asked = ({ delivery, version }: Stored): Stored => {
      const next = aPlan({ reference: `${delivery.id}-1`, why: "resend" });
      return { version, delivery: { ...delivery, next } };
    };

    test("content that is given again is sealed again, timed, and erased again", async () => {
      const { entry, id, stored } = await created();
      const ended = aChange(stored, "verified");
      await store.save(ended);
      expect(await secretsOf(id)).toEqual({ recipient: entry.recipient, content: undefined });
      const from = (await store.load(id))!;
      const dueAt = Date.now() - 1;
      const change = { from, to: asked(from).delivery, dueAt, binds: [] };
      expect(await store.save({ ...change, reseal: entry.content })).toMatchObject({ kind: "saved" });
      expect(await secretsOf(id)).toEqual({ recipient: entry.recipient, content: entry.content });
      expect(await store.open({ offset: 0, limit: 10 })).toMatchObject([{ delivery: { id }, dueAt }]);
      expect(await store.claimDue(Date.now(), 10, 10)).toEqual([id]);
      const again = (await store.load(id))!;
      await store.save({ from: again, to: ended.to, dueAt: undefined, binds: [] });
      expect(await secretsOf(id)).toEqual({ recipient: entry.recipient, content: undefined });
      expect(await store.open({ offset: 0, limit: 10 })).toEqual([]);
    });

    test("content that comes with an end is not kept", async () => {
      const { entry, id, stored } = await created();
      await store.save(aChange(stored, "cancelled", { reseal: entry.content }));
      expect((await secretsOf(id))?.content).toBeUndefined();
    });
  });
}
