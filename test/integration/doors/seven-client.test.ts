import { BalanceResource, Client, JournalResource, SmsResource } from "@seven.io/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aDoorsBundle, type DoorsBundle } from "../../support/doors-bundle.ts";
import { eventually } from "../../support/eventually.ts";
import { aNumber } from "../../support/store-bundle.ts";

/** seven's official client has no option for its address; it reads this field for every call. */
const address = Client as unknown as { BASE_URL: string };

let bundle: DoorsBundle;
const theirs = address.BASE_URL;
beforeAll(async () => {
  bundle = await aDoorsBundle({ limits: { per10Min: 2, perDay: 0 } });
});
afterAll(async () => {
  address.BASE_URL = theirs;
  await bundle.close();
});

const client = (apiKey = `cloud.${bundle.target.secret}`) => new Client({ apiKey });
const text = (code: string) => `${code} is your code`;

describe.each(["/api", "/compat/seven/api"])("the official client at %s", (path) => {
  beforeAll(() => {
    address.BASE_URL = bundle.url + path;
  });

  test("sends, and finds the message in the journal", async () => {
    const to = aNumber();
    const sent = await new SmsResource(client()).dispatch({ to: [to], text: text("482913"), from: "Cloud" });
    expect(sent).toMatchObject({ success: "100", messages: [{ success: true, recipient: to.slice(1) }] });
    const newest = await bundle.newest();
    expect(newest).toMatchObject({
      id: sent.messages[0]!.id,
      recipient: to,
      content: { text: text("482913") },
    });

    const journal = new JournalResource(client());
    const mine = await eventually(async () => {
      const rows = await journal.outbound({ to });
      if (rows.length !== 1) throw new Error(`${rows.length} rows`);
      return rows[0]!;
    });
    expect(mine).toMatchObject({ id: newest.id, dlr: null, text: "", type: "direct" });
    expect(mine.to).toMatch(/^49\*+\d\d$/);
    expect(mine.timestamp).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    const all = await journal.outbound();
    expect(all[0]!.id).toBe(newest.id);
    expect(await journal.outbound({ to: aNumber() })).toEqual([]);
    expect(await journal.outbound({ limit: 1, offset: all.length })).toEqual([]);
  });

  test("sends the same text again as a success and lists it once", async () => {
    const to = aNumber();
    const sms = new SmsResource(client());
    const first = await sms.dispatch({ to: [to], text: text("482914") });
    const again = await sms.dispatch({ to: [to], text: text("482914") });
    expect(again.messages[0]!.id).toBe(first.messages[0]!.id);
    await sms.dispatch({ to: [to], text: text("482915") });
    await eventually(async () => {
      expect(await new JournalResource(client()).outbound({ to })).toHaveLength(2);
    });
  });

  test("reads the balance", async () => {
    expect(await new BalanceResource(client()).get()).toEqual({ amount: 41.25, currency: "EUR" });
  });

  test("is refused in a way that it understands", async () => {
    const bad = client("cloud.wrong");
    const message = { to: [aNumber()], text: text("482916") };
    await expect(new SmsResource(bad).dispatch(message)).rejects.toThrow(/^900/);
    await expect(new BalanceResource(bad).get()).rejects.toThrow(/^900/);
    await expect(new JournalResource(bad).outbound()).rejects.toThrow(/^900/);
    const sms = new SmsResource(client());
    const name = await sms.dispatch({ to: ["anna"], text: text("482917") });
    expect(name).toMatchObject({ success: "202", messages: [{ success: false, error: "202" }] });
    const several = await sms.dispatch({ to: [aNumber(), aNumber()], text: text("482917") });
    expect(several.success).toBe("202");
    for (const code of ["482918", "482919"]) await sms.dispatch({ ...message, text: text(code) });
    expect((await sms.dispatch({ ...message, text: text("482920") })).success).toBe("403");
    expect((await sms.dispatch({ ...message, text: text("482919") })).success).toBe("100");
  });
});

test("the journal in Redis is ids and keyed hashes, and ends", async () => {
  const { client: redis, keys } = bundle.flows;
  expect((await redis.lrange(keys.journal("cloud"), 0, -1)).length).toBeGreaterThan(4);
  for (const line of await redis.lrange(keys.journal("cloud"), 0, -1)) {
    expect(line).toMatch(/^[0-9a-f-]{36} [A-Za-z0-9_-]{22}$/);
  }
  expect(await redis.pttl(keys.journal("cloud"))).toBeGreaterThan(0);
});
