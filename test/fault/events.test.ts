import { afterAll, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startFaultyServer } from "../support/faulty-server.ts";
import { bodiesFor, plainNumber, sendMany } from "../support/http-client.ts";
import { startRedisProcess } from "../support/redis-process.ts";
import { createInstallation } from "../support/roles.ts";
import { closeAll, closeLater, end, leftovers, NOTHING_LEFT, outputOf } from "../support/service.ts";
import { startTwinProcess } from "../support/twin-process.ts";

afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

async function installation() {
  const [twin, redis] = await Promise.all([startTwinProcess({ latencyMs: 30 }), startRedisProcess()]);
  const settings = { REDIS_URL: redis.url, EVENTS_ALLOW_PRIVATE: "127.0.0.1", SEVEN_MAX_PER_SECOND: "60" };
  const all = await createInstallation({ ...twin.env, ...settings });
  const [api, serve] = await Promise.all([all.addClient("cloud"), all.serve()]);
  await twin.hook(all.reportUrl);
  const receiver = await startFaultyServer({ kind: "answer", status: 204, body: "" });
  closeLater(receiver.close);
  const cli = (...args: string[]) => outputOf(["events", ...args], all.env);
  expect((await cli("set", "cloud", "--url", receiver.url)).code).toBe(0);
  return { api, serve, receiver, cli, work: all.work };
}

const idOf = ({ headers }: { headers: Record<string, string> }) => headers["webhook-id"] ?? "";

test("a worker killed in the middle of a call repeats the event under its id, and loses none", async () => {
  const { api, serve, receiver, work } = await installation();
  receiver.reply({ kind: "hang" });
  const victim = await work();
  const id = await api.send({ to: plainNumber(1, 90), code: "482913" });
  await receiver.received(1);
  victim.kill("SIGKILL");
  await victim.exited;
  receiver.reply({ kind: "answer", status: 204, body: "" });
  const back = await work();
  const both = [`evt_${id}_delivered`, `evt_${id}_sent`];
  await eventually(
    () => expect([...new Set(receiver.requests.slice(1).map(idOf))].toSorted()).toEqual(both),
    {
      timeoutMs: 60_000,
    },
  );
  const first = idOf(receiver.requests[0]!);
  expect(receiver.requests.filter((one) => idOf(one) === first).length).toBeGreaterThan(1);
  for (const role of [back, serve]) expect(await end(role)).toEqual({ code: 0, signal: null });
});

test("workers killed again and again while codes are delivered tell of every move of each", async () => {
  const { api, serve, receiver, cli, work } = await installation();
  let victim = await work();
  const sending = sendMany(api, bodiesFor(150, 91), 8);
  for (const told of [30, 90, 150, 210]) {
    await receiver.received(told);
    victim.kill("SIGKILL");
    await victim.exited;
    victim = await work();
  }
  const ids = await sending;
  const expected = ids.flatMap((id) => [`evt_${id}_delivered`, `evt_${id}_sent`]).toSorted();
  await eventually(() => expect([...new Set(receiver.requests.map(idOf))].toSorted()).toEqual(expected), {
    timeoutMs: 90_000,
    everyMs: 200,
  });
  await eventually(async () => {
    const shown = JSON.parse((await cli("show", "cloud", "--json")).stdout) as { waiting: number };
    expect(shown.waiting).toBe(0);
  });
  // A repeat needs a kill between an answer and its note: a few at each of four kills.
  expect(receiver.requests.length - expected.length).toBeLessThan(4 * 8);
  for (const role of [victim, serve]) expect(await end(role)).toEqual({ code: 0, signal: null });
});
