import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DeliveryStore } from "../../src/flows/ports.ts";
import { PARKED_PER_MESSAGE_MAX } from "../../src/redis/keys.ts";
import { aReport } from "../support/build.ts";
import { aChange, aNewDelivery, NO_LIMITS } from "../support/store-bundle.ts";
import type { OpenStore, StoreHarness } from "./delivery-store.ts";

/** What every delivery store keeps of reports and timers. */
export function deliveryStoreTimersConformance(name: string, open: OpenStore): void {
  describe(`reports and timers of the ${name} delivery store`, () => {
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

    test("a message id finds its attempt from the change on that binds it", async () => {
      const { id, stored } = await created();
      const intended = aChange(stored, "intended");
      await store.save(intended);
      expect(await store.findByMessageId("seven", "m1")).toBeUndefined();
      const binds = [{ provider: "seven", messageId: "m1", attempt: 1 }];
      await store.save(aChange({ delivery: intended.to, version: 2 }, "accepted", { binds }));
      expect(await store.findByMessageId("seven", "m1")).toEqual({ deliveryId: id, attempt: 1 });
      expect(await store.findByMessageId("other", "m1")).toBeUndefined();
    });

    test("parked reports come with the binding of their message and stay until they are taken away", async () => {
      const report = aReport("delivered", { providerMessageId: "m2", reportedAt: 1_700_000_000_000 });
      await store.park("seven", aReport("transmitted", { providerMessageId: "m2" }));
      await store.park("seven", report);
      const { stored } = await created();
      const binds = [{ provider: "seven", messageId: "m2", attempt: 1 }];
      const saved = await store.save(aChange(stored, "intended", { binds }));
      const parked = [
        { provider: "seven", report: aReport("transmitted", { providerMessageId: "m2" }) },
        { provider: "seven", report },
      ];
      expect(saved).toEqual({ kind: "saved", version: 2, parked });
      expect(await store.parked("seven", "m2")).toEqual(parked);
      await store.unpark("seven", "m2");
      expect(await store.parked("seven", "m2")).toEqual([]);
    });

    test("of many parked reports of one message the newest are kept, a repeat only once", async () => {
      const park = (said: string) =>
        store.park("seven", aReport("transmitted", { said, providerMessageId: "m3" }));
      for (let i = 0; i < 5; i++) await park("again");
      expect(await store.parked("seven", "m3")).toHaveLength(1);
      for (let i = 0; i < PARKED_PER_MESSAGE_MAX; i++) await park(`t${i}`);
      await store.park("seven", aReport("delivered", { providerMessageId: "m3" }));
      const parked = await store.parked("seven", "m3");
      expect(parked).toHaveLength(PARKED_PER_MESSAGE_MAX);
      expect(parked.at(-1)?.report.status).toBe("delivered");
    });

    test("a timer that has run out is claimed by one of many and comes back when its lease ends", async () => {
      const ids = new Set<string>();
      for (let i = 0; i < 40; i++) ids.add((await created({ dueAt: Date.now() - 1_000 })).id);
      await created({ dueAt: Date.now() + 60_000 });
      const now = Date.now();
      const claims = await Promise.all(Array.from({ length: 10 }, () => store.claimDue(now, 10, 5_000)));
      expect(claims.flat()).toHaveLength(40);
      expect(new Set(claims.flat())).toEqual(ids);
      expect(await store.claimDue(now + 4_999, 100, 5_000)).toEqual([]);
      expect(new Set(await store.claimDue(now + 5_000, 100, 5_000))).toEqual(ids);
    });

    test("an ended delivery has no timer, and none can be written for it", async () => {
      const { id, stored } = await created({ dueAt: Date.now() - 1_000 });
      await store.save(aChange(stored, "cancelled"));
      await store.setDue(id, Date.now() - 1_000);
      expect(await store.claimDue(Date.now(), 10, 1_000)).toEqual([]);
    });

    test("a timer written again never puts an earlier one off", async () => {
      const now = Date.now();
      const { id } = await created({ dueAt: now + 10_000 });
      await store.setDue(id, now + 50_000);
      expect(await store.open({ offset: 0, limit: 10 })).toMatchObject([{ dueAt: now + 10_000 }]);
      await store.setDue(id, now + 1_000);
      expect(await store.open({ offset: 0, limit: 10 })).toMatchObject([{ dueAt: now + 1_000 }]);
    });

    test("open deliveries are paged oldest first and leave the list when they end", async () => {
      const all = [];
      for (let i = 0; i < 7; i++)
        all.push(await created({ delivery: { createdAt: Date.now() - 7_000 + i } }));
      const page = async (offset: number) =>
        (await store.open({ offset, limit: 3 })).map(({ delivery }) => delivery.id);
      const ids = all.map(({ id }) => id);
      expect([await page(0), await page(3), await page(6)]).toEqual([
        ids.slice(0, 3),
        ids.slice(3, 6),
        ids.slice(6),
      ]);
      await store.save(aChange(all[0]!.stored, "verified"));
      expect(await page(0)).toEqual(ids.slice(1, 4));
      expect(await page(9)).toEqual([]);
    });
  });
}
