import { v7 } from "uuid";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StoreUnavailable } from "../../src/flows/ports.ts";
import { createClientJournal } from "../../src/redis/client-journal.ts";
import { aNumber, aRedisStore, type RedisStoreBundle } from "../support/store-bundle.ts";

let bundle: RedisStoreBundle;
beforeEach(() => {
  bundle = aRedisStore();
});
afterEach(() => bundle.close());

const journal = () => createClientJournal(bundle.client, bundle.keys, bundle.vault);

test("lists what a client sent, newest first, each once", async () => {
  const { note, list } = journal();
  const [a, b] = [aNumber(), aNumber()];
  await note("cloud", "1", a);
  await note("cloud", "2", b);
  await note("cloud", "1", a);
  await note("other", "3", a);
  expect(await list("cloud", undefined)).toEqual(["1", "2"]);
  expect(await list("cloud", b)).toEqual(["2"]);
  expect(await list("cloud", aNumber())).toEqual([]);
  expect(await list("nobody", undefined)).toEqual([]);
});

test("keeps the newest 200 and names no number", async () => {
  const { note, list } = journal();
  const to = aNumber();
  for (let n = 0; n < 205; n++) await note("cloud", v7(), to);
  expect(await list("cloud", to)).toHaveLength(200);
  const lines = await bundle.client.lrange(bundle.keys.journal("cloud"), 0, -1);
  expect(lines.join(" ")).not.toContain(to.slice(3));
});

test("noting never fails, listing says that the store is away", async () => {
  const client = bundle.client.duplicate({ lazyConnect: true, enableOfflineQueue: false });
  const away = createClientJournal(client, bundle.keys, bundle.vault);
  await away.note("cloud", "1", aNumber());
  await expect(away.list("cloud", undefined)).rejects.toBeInstanceOf(StoreUnavailable);
  client.disconnect();
});
