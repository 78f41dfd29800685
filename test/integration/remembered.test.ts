import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { accept } from "../../src/flows/accept.ts";
import { StoreUnavailable } from "../../src/flows/ports.ts";
import { failFastClient, whenReady } from "../../src/redis/client.ts";
import { remembering } from "../../src/redis/remembered.ts";
import { type OwnRedis, startOwnRedis } from "../support/own-redis.ts";
import { aRedisBundle, aRequest, type RedisBundle } from "../support/redis-bundle.ts";

/** Promised: an answer or an error within this, also from a Redis that hangs. */
const ANSWER_MS = 1_200;

describe("while Redis is away", () => {
  let own: OwnRedis;
  let bundle: RedisBundle;
  let now = Date.now();
  beforeEach(async () => {
    now = Date.now();
    own = await startOwnRedis();
    const client = failFastClient(own.address, "intake");
    client.on("error", () => undefined);
    await whenReady(client, 5_000);
    bundle = aRedisBundle({ client });
  });
  afterEach(async () => {
    bundle.client.disconnect();
    await own.stop();
  });

  const intake = (states = bundle.deps.states) => {
    const store = remembering(bundle.deps.store, bundle.vault, () => now);
    return (request: Parameters<typeof accept>[1]) => accept({ ...bundle.deps, store, states }, request);
  };
  /** Lines of this length in every lane, as last seen before Redis went away. */
  const crowded = (waitMs: () => number) => ({
    waitBehind: () => 0,
    conditionsFor: () => () => ({ open: false, waitMs: waitMs(), quiet: false }),
    added: () => undefined,
  });
  const timed = async (work: Promise<unknown>) => {
    const startedAt = performance.now();
    const error: unknown = await work.catch((failure: unknown) => failure);
    return { error, tookMs: performance.now() - startedAt };
  };

  test("a living code is answered with its id, an unknown one is not promised", async () => {
    const ask = intake();
    const request = aRequest();
    const first = await ask(request);
    if (first.kind !== "accepted") throw new Error(first.code);
    await own.stop();
    expect(await ask(request)).toMatchObject({
      kind: "accepted",
      repeated: true,
      delivery: { id: first.delivery.id },
    });
    await expect(ask(aRequest())).rejects.toBeInstanceOf(StoreUnavailable);
    const otherClient = { ...request.client, id: "other" };
    await expect(ask({ ...request, client: otherClient })).rejects.toBeInstanceOf(StoreUnavailable);
    now = first.delivery.expiresAt;
    await expect(ask(request)).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test.each(["long", "too long for any code"])(
    "a living code is answered also where the lines are %s",
    async (length) => {
      let waitMs = 0;
      const ask = intake(crowded(() => waitMs));
      const request = aRequest();
      await ask(request);
      waitMs = length === "long" ? 60_000 : 600_000;
      own.freeze();
      const { error: hung, tookMs } = await timed(ask(request));
      expect(hung).toMatchObject({ kind: "accepted", repeated: true });
      expect(tookMs).toBeLessThan(ANSWER_MS);
      await own.stop();
      expect(await ask(request)).toMatchObject({ kind: "accepted", repeated: true });
      await expect(ask(aRequest())).rejects.toBeInstanceOf(StoreUnavailable);
    },
  );

  test("a code that another intake took on is known once it was repeated here", async () => {
    const [here, there] = [intake(), intake()];
    const request = aRequest();
    await there(request);
    expect(await here(request)).toMatchObject({ repeated: true });
    await own.stop();
    expect(await here(request)).toMatchObject({ kind: "accepted", repeated: true });
  });

  test("other methods are not answered from memory", async () => {
    const store = remembering(bundle.deps.store, bundle.vault, () => now);
    await own.stop();
    await expect(store.load("any")).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test("every command to a Redis that hangs fails within 1.2 s, and works again afterwards", async () => {
    const { store, jobs } = bundle.deps;
    const request = aRequest();
    own.freeze();
    const job = { route: "seven-sms", deliveryId: "x", attempt: 1 };
    const results = await Promise.all([
      timed(store.load("any")),
      timed(store.claimDue(now, 1, 1)),
      timed(store.findByMessageId("seven", "m1")),
      timed(jobs.enqueue({ ...job, delayMs: 0, purpose: "login", clientId: "cloud" })),
      timed(jobs.remove(job)),
      timed(bundle.accept(request)),
    ]);
    for (const { error, tookMs } of results) {
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(tookMs).toBeLessThan(ANSWER_MS);
    }
    own.thaw();
    await expect
      .poll(
        () =>
          bundle.accept(request).then(
            (answer) => answer.kind,
            () => "away",
          ),
        { timeout: 10_000 },
      )
      .toBe("accepted");
    expect(await bundle.counts()).toMatchObject({ accepted: 1 });
  });

  test("a stopped Redis fails at once", async () => {
    await own.stop();
    const { error, tookMs } = await timed(bundle.accept());
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(tookMs).toBeLessThan(100);
  });
});
