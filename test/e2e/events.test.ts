import { Redis } from "ioredis";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventSchema } from "../../src/http/view-schema.ts";
import { attachToEmbedded } from "../../src/redis/embedded/attach.ts";
import { magicNumber } from "../../src/twins/magic.ts";
import { eventually } from "../support/eventually.ts";
import { type FaultyServer, startFaultyServer } from "../support/faulty-server.ts";
import { redisStraws } from "../support/haystack.ts";
import { type ApiClient, createApiClient } from "../support/http-client.ts";
import { findLeaks, straw } from "../support/leak-scan.ts";
import {
  closeAll,
  closeLater,
  freshDir,
  leftovers,
  NOTHING_LEFT,
  outputOf,
  type Service,
  startUp,
} from "../support/service.ts";

const CODES = { delivered: "7Qk4Zp92Xw", refused: "93748261", cancelled: "Hw52Kd90Pq" };
const NUMBERS = {
  delivered: "+4915118273645",
  refused: magicNumber("990001", 73),
  cancelled: "+4915116372819",
};

let service: Service;
let api: ApiClient;
let receiver: FaultyServer;
let secret: string;
const env = () => ({ DATA_DIR: service.ready.dataDir, EVENTS_ALLOW_PRIVATE: "127.0.0.1" });
const cli = (...args: string[]) => outputOf(["events", ...args], env());
const json = async (...args: string[]) =>
  JSON.parse((await cli(...args, "--json")).stdout) as Record<string, unknown>;

const eventsOf = (id: string) =>
  receiver.requests
    .map(({ body }) => JSON.parse(body) as { type: string; data: { id?: string } })
    .filter(({ data }) => data.id === id)
    .map(({ type }) => type)
    .toSorted();

beforeAll(async () => {
  receiver = await startFaultyServer({ kind: "answer", status: 204, body: "" });
  closeLater(receiver.close);
  service = await startUp({ DATA_DIR: freshDir(), EVENTS_ALLOW_PRIVATE: "127.0.0.1", LOG_LEVEL: "debug" });
  api = createApiClient(service.ready);
  secret = String((await json("set", "local", "--url", `${receiver.url}/hook?token=hush-4711`))["secret"]);
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

describe("events at the command line and from a running service", () => {
  test("a delivered code gives sent and delivered, a refused one a failover as well, once each", async () => {
    const delivered = await api.send({ to: NUMBERS.delivered, code: CODES.delivered, reference: "r-1" });
    const refused = await api.send({ to: NUMBERS.refused, code: CODES.refused });
    await Promise.all([api.untilEnded(delivered), api.untilEnded(refused)]);
    const [plain, moved] = [
      ["delivery.delivered", "delivery.sent"],
      ["delivery.delivered", "delivery.failed_over", "delivery.sent"],
    ];
    await eventually(() => expect([eventsOf(delivered), eventsOf(refused)]).toEqual([plain, moved]));
    for (const { body, headers } of receiver.requests) {
      eventSchema.parse(new Webhook(secret).verify(body, headers));
    }
    expect(await api.metric('otp_events_total{result="taken"}')).toBe(5);
    expect(await api.metric("otp_notify_age_seconds")).toBeLessThan(5);
    expect(await json("show", "local")).toMatchObject({ enabled: true, only: null, waiting: 0, failures: 0 });
  });

  test("what a caller says of a code is told as well, by the workers", async () => {
    const id = await api.send({ to: NUMBERS.cancelled, code: CODES.cancelled });
    await api.until(id, "delivered");
    const outcome = await fetch(`${service.ready.publicUrl}/v1/deliveries/${id}/outcome`, {
      method: "POST",
      headers: { authorization: `Bearer ${service.ready.apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ verified: true }),
    });
    expect(outcome.status).toBe(200);
    await eventually(() =>
      expect(eventsOf(id)).toEqual(["delivery.delivered", "delivery.sent", "delivery.verified"]),
    );
  });

  test("the test event is sent at once, and says what came back", async () => {
    const before = receiver.requests.length;
    expect(await cli("test", "local")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^local took the test event: HTTP 204 in \d+ ms\.\n$/),
    });
    const { body, headers } = receiver.requests[before]!;
    expect(new Webhook(secret).verify(body, headers)).toMatchObject({
      type: "endpoint.test",
      data: { clientId: "local" },
    });
    receiver.reply({ kind: "answer", status: 500, body: "" });
    const refused = await cli("test", "local");
    receiver.reply({ kind: "answer", status: 204, body: "" });
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/did not take the test event: HTTP 500 \(\d+ ms\)/);
  });

  test("switching off and on, rotating, failures and removing", async () => {
    expect((await cli("disable", "local")).stdout).toBe("local gets no events any more.\n");
    expect(await json("show", "local")).toMatchObject({ enabled: false, disabled: { why: "operator" } });
    expect((await cli("show")).stdout).toContain("switched off by an operator");
    expect((await cli("enable", "local")).code).toBe(0);
    const rotated = await json("rotate", "local", "--overlap-hours", "2");
    expect(rotated["secret"]).toMatch(/^whsec_/);
    const shown = await json("show", "local");
    expect(shown["secrets"]).toHaveLength(2);
    expect(JSON.stringify(shown)).not.toContain("whsec_");
    const keys = await outputOf(["keys", "rotate"], env());
    expect(keys).toMatchObject({ code: 0, stderr: "" });
    expect((await cli("test", "local")).code).toBe(0);
    const { body, headers } = receiver.requests.at(-1)!;
    for (const one of [secret, String(rotated["secret"])]) {
      expect(() => new Webhook(one).verify(body, headers)).not.toThrow();
    }
    expect(await json("failures", "local")).toEqual({ clientId: "local", failures: [] });
    await cli("set", "local", "--url", receiver.url, "--only", "delivery.failed,delivery.expired");
    expect(await json("show", "local")).toMatchObject({ only: ["delivery.failed", "delivery.expired"] });
    expect((await cli("remove", "local")).code).toBe(0);
    expect((await cli("show")).stdout).toContain("No client gets events");
  });

  test.concurrent.each([
    [["set", "nobody", "--url", "https://a.example/"], "There is no client nobody"],
    [["set", "local", "--url", "http://a.example/"], "--url must begin with https"],
    [["set", "local", "--url", "https://10.0.0.1/"], "EVENTS_ALLOW_PRIVATE"],
    [["set", "local", "--url", "https://a.example/", "--only", "delivery.lost"], "Use, separated by commas"],
    [["set", "local"], "--url"],
    [["test", "nobody"], "There is no client nobody"],
    [["rotate", "local", "--overlap-hours", "9999"], "0 to 720"],
  ])("%j is refused in words", async (args, words) => {
    const refused = await cli(...args);
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toContain(words);
    expect(refused.stderr).not.toContain("    at ");
  });

  test("no code, whole number, secret or address of an endpoint is in events, logs, metrics or Redis", async () => {
    const client = new Redis({ ...attachToEmbedded(service.ready.dataDir)!, lazyConnect: true });
    closeLater(() => client.disconnect());
    await client.connect();
    const logged = service.process.stdout() + service.process.stderr();
    const hay = [
      ...receiver.requests.map(({ body, headers }) => straw("event", body + JSON.stringify(headers))),
      ...(await redisStraws(client)),
      straw("log", logged),
      straw("metrics", (await api.operator("/metrics")).text),
      straw("queues", (await api.operator("/queues/api/queues")).text),
    ];
    expect(receiver.requests.length).toBeGreaterThan(8);
    const secrets = { codes: Object.values(CODES), numbers: Object.values(NUMBERS) };
    expect(findLeaks(hay, secrets)).toEqual([]);
    expect(logged).toContain("events.posted");
    expect(logged).not.toMatch(/hush-4711|whsec_/);
  });
});
