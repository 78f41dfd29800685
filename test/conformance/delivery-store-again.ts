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
      expect(await store.create(entry)).toMatchObject({ kind: "created" });
      return { entry, id: entry.delivery.id, stored: (await store.load(entry.delivery.id))! };
    };
    const againOf = ({ recipient, content }: NewDelivery, delivery: Partial<Delivery> = {}) =>
      aNewDelivery({ recipient, content, delivery });

    test("what is known of a text is its living delivery, and nothing is taken on", async () => {
      const { entry, id } = await created();
      const again = againOf(entry);
      expect(await store.known(again)).toMatchObject({
        kind: "repeated",
        by: "text",
        delivery: { id, state: "queued" },
      });
      expect(await store.load(again.delivery.id)).toBeUndefined();
      expect(await harness.counts()).toMatchObject({ accepted: 1 });
      for (const other of [
        againOf({ ...entry, recipient: aNumber() }),
        againOf({ ...entry, content: { code: undefined, text: "another" } }),
        againOf(entry, { clientId: "other" }),
      ]) {
        expect(await store.known(other)).toEqual({ kind: "unknown" });
        expect(await store.load(other.delivery.id)).toBeUndefined();
      }
    });

    test("a key is known with its body, and one that comes with a living text is bound to it", async () => {
      const { entry, id, stored } = await created({ idempotencyKey: "k", fingerprint: "a" });
      const keyed = (idempotencyKey: string, fingerprint: string, more = {}) =>
        store.known({ ...aNewDelivery(more), idempotencyKey, fingerprint });
      expect(await keyed("k", "a")).toMatchObject({ kind: "repeated", by: "key", delivery: { id } });
      expect(await keyed("k", "b")).toEqual({ kind: "key_conflict" });
      const { recipient, content } = entry;
      expect(await keyed("k2", "a", { recipient, content })).toMatchObject({ by: "text", delivery: { id } });
      expect(await keyed("k2", "b")).toEqual({ kind: "key_conflict" });
      expect(await keyed("k3", "a")).toEqual({ kind: "unknown" });
      expect(await keyed("k3", "b")).toEqual({ kind: "unknown" });
      await store.save(aChange(stored, "cancelled"));
      expect(await keyed("k", "a")).toMatchObject({ by: "key", delivery: { id, state: "cancelled" } });
    });

    test("to ask what is known counts as no send", async () => {
      const limited = open({ per10Min: 1, perDay: 0 });
      const entry = aNewDelivery();
      for (let i = 0; i < 3; i++) expect(await limited.store.known(entry)).toEqual({ kind: "unknown" });
      expect(await limited.store.create(entry)).toMatchObject({ kind: "created" });
      const other = aNewDelivery({ recipient: entry.recipient });
      expect(await limited.store.known(other)).toEqual({ kind: "unknown" });
      expect(await limited.store.create(other)).toMatchObject({ kind: "recipient_limit" });
      await limited.close();
    });

    test.each([
      ["verified", true],
      ["cancelled", false],
      ["closed", false],
    ] as const)("a delivery that was %s lives: %s", async (end, lives) => {
      const { entry, id, stored } = await created();
      await store.save(aChange(stored, end));
      const known = await store.known(againOf(entry));
      expect(known.kind === "repeated" ? known.delivery.id : known.kind).toBe(lives ? id : "unknown");
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
