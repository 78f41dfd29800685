import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type ApiClient, call, createApiClient, plainNumber } from "../support/http-client.ts";
import { seededRubbish } from "../support/rubbish.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, type Service, startUp } from "../support/service.ts";

const SEED = Number(process.env["TEST_SEED"] ?? Date.now() % 1_000_000);
const REQUESTS = 10_000;
const GROWTH_MAX_BYTES = 150 * 1_048_576;

let service: Service;
let api: ApiClient;
let before: Counters;

beforeAll(async () => {
  service = await startUp({ DATA_DIR: freshDir(), LOG_LEVEL: "warn" });
  api = createApiClient(service.ready);
  await api.until(await api.send({ to: plainNumber(1, 80), code: "482913" }), "delivered");
  before = await counters();
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

type Counters = { messages: number; jobs: number; sent: number };

/** What rubbish must not move. */
async function counters(): Promise<Counters> {
  const { text } = await api.operator("/metrics");
  const sum = (start: string) =>
    text
      .split("\n")
      .filter((line) => line.startsWith(start))
      .reduce((total, line) => total + Number(line.split(" ").at(-1)), 0);
  const ofLanes = text
    .split("\n")
    .filter((line) => /^otp_queue_jobs\{queue="(seven-sms|telegram-gateway|settle)"/.test(line));
  expect(ofLanes.length).toBeGreaterThan(5);
  return {
    messages: sum("otp_messages_total{"),
    jobs: ofLanes.reduce((total, line) => total + Number(line.split(" ").at(-1)), 0),
    sent: sum("otp_provider_requests_total{"),
  };
}

async function expectUnmoved(): Promise<void> {
  expect(await counters()).toEqual(before);
  expect((await call(`${service.ready.publicUrl}/readyz`)).status).toBe(200);
}

/** Writes raw bytes and reads until the other side closes or is silent for as long as `silentMs`. */
async function raw(
  parts: (string | Buffer)[],
  { silentMs = 1_500, url = service.ready.publicUrl } = {},
): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1"))).on("error", () => undefined);
  socket.setTimeout(silentMs, () => socket.destroy());
  await once(socket, "connect");
  for (const part of parts) socket.write(part);
  await once(socket, "close").catch(() => undefined);
  return answer;
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

describe("rubbish", () => {
  const good = { to: plainNumber(2, 80), code: "482913" };
  const bodies: [string, unknown][] = [
    ["no JSON", "{"],
    ["nothing", ""],
    ["null", "null"],
    ["a number", "1"],
    ["a list", []],
    ["names that occur twice", `{"to":"${good.to}","to":"${good.to}","code":"482913"}`],
    ["a prototype", `{"__proto__":{"to":"${good.to}"},"to":"${good.to}","code":"482913"}`],
    ["deep nesting", `${"[".repeat(3_000)}${"]".repeat(3_000)}`],
    ["a recipient that is a number", { ...good, to: 4_915_112_345_678 }],
    ["a recipient that is a name", { ...good, to: "all" }],
    ["two recipients", { ...good, to: "+4915112345678,+4915112345679" }],
    ["a list of recipients", { ...good, to: ["+4915112345678"] }],
    ["full-width digits that are none", { ...good, to: "＋４９abc" }],
    ["a premium of letters", { ...good, to: "+49151FLOWERS" }],
    ["a code that is a number", { ...good, code: 482_913 }],
    ["a code with blanks", { ...good, code: "48 29" }],
    ["a text that turns around", { to: good.to, text: "code \u202e319284" }],
    ["a text with NUL", { to: good.to, text: "code\u0000 482913" }],
    ["a text with zero width", { to: good.to, text: "code 482\u200b913" }],
    ["a text without end", { to: good.to, text: "x".repeat(5_000) }],
    ["code and text", { ...good, text: "482913" }],
    ["a life of a day", { ...good, validForMs: 86_400_000 }],
    ["a life in the past", { ...good, expiresAt: "2001-01-01T00:00:00Z" }],
    ["an unknown route", { ...good, routes: ["pigeon"] }],
    ["an unknown field", { ...good, colour: "red" }],
  ];
  test.each(bodies)("%s as body is refused with a reason", async (_name, body) => {
    const answer = await api.post(body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.json).toMatchObject({ code: expect.any(String), detail: expect.any(String) });
  });

  test("too much of anything is cut off", async () => {
    expect((await api.post("x".repeat(1_048_576))).status).toBe(413);
    expect((await api.post(good, { "content-type": "text/plain" })).status).toBe(415);
    expect((await api.post(good, { "content-encoding": "gzip" })).status).toBe(415);
    expect((await api.post(good, { "idempotency-key": "x".repeat(300) })).status).toBe(400);
    const big = await raw([`GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${"x".repeat(20_000)}\r\n\r\n`]);
    expect(statusOf(big)).toBe(431);
    await expectUnmoved();
  });

  test("what is no HTTP gets a 4xx or a closed socket", async () => {
    const key = service.ready.apiKey;
    const json = JSON.stringify(good);
    const head = (more: string) =>
      `POST /v1/deliveries HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n${more}\r\n`;
    const talks: [string, (string | Buffer)[]][] = [
      ["bytes", [Buffer.from(Array.from({ length: 4_096 }, (_, n) => (n * 31) % 256))]],
      ["a TLS hello", [Buffer.from("16030100c8010000c40303", "hex")]],
      ["another protocol", ["SSH-2.0-OpenSSH_9.9\r\n"]],
      ["an old version", ["GET / HTTP/0.9\r\n\r\n"]],
      ["two lengths", [head(`Content-Length: ${json.length}\r\nContent-Length: 5\r\n`), json]],
      [
        "length and chunks",
        [head(`Content-Length: ${json.length}\r\nTransfer-Encoding: chunked\r\n`), `0\r\n\r\n`],
      ],
      ["a bad chunk", [head("Transfer-Encoding: chunked\r\n"), "zz\r\nhello\r\n"]],
      ["no host", ["GET /v1/deliveries/x HTTP/1.1\r\n\r\n"]],
      ["a header with a line break", ["GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n"]],
      [
        "two keys",
        [head(`Authorization: Bearer other.key\r\nContent-Length: 2\r\nConnection: close\r\n`), "{}"],
      ],
    ];
    for (const [name, parts] of talks) {
      const status = statusOf(await raw(parts));
      expect(status === 0 || (status >= 400 && status < 500), `${name}: ${status}`).toBe(true);
    }
    await expectUnmoved();
  });

  test("half requests and slow ones are ended by the server, and hold nobody up", async () => {
    const slow = [
      raw(["POST /v1/deliveries HTTP/1.1\r\nHost: x\r\nX-Slow: "], { silentMs: 20_000 }),
      raw(["POST /v1/deliveries HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"], { silentMs: 20_000 }),
      raw(["GET / HTTP/1.1\r\nHost: x\r\n"], { silentMs: 20_000, url: service.ready.operatorUrl }),
    ];
    const many = Array.from({ length: 200 }, () =>
      connect(Number(new URL(service.ready.publicUrl).port), "127.0.0.1"),
    );
    for (const socket of many)
      socket
        .on("error", () => undefined)
        .resume()
        .write("POST / HTTP/1.1\r\nX: ");
    const startedAt = performance.now();
    for (let n = 0; n < 20; n++) expect((await api.post("{")).status).toBe(400);
    expect((await Promise.all(slow)).map(statusOf).every((status) => status === 408 || status === 401)).toBe(
      true,
    );
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    await eventually(
      () => expect(many.every((socket) => socket.destroyed || socket.readyState !== "open")).toBe(true),
      {
        timeoutMs: 10_000,
      },
    );
    await expectUnmoved();
  });

  test(`${REQUESTS} random requests get a 4xx each (TEST_SEED=${SEED})`, async () => {
    const rubbish = seededRubbish(SEED, service.ready);
    const answers = new Map<number, number>();
    const residentBefore = residentBytes();
    const one = async (n: number): Promise<void> => {
      const { url, init } = rubbish();
      const { status, text } = await call(url, init);
      answers.set(status, (answers.get(status) ?? 0) + 1);
      if (status < 400 || status >= 500) {
        throw new Error(
          `seed ${SEED}, request ${n}: ${init.method} ${url} got ${status}: ${text.slice(0, 200)}`,
        );
      }
      if (init.method !== "HEAD") expect(text, `seed ${SEED}, request ${n}`).not.toBe("");
    };
    const numbers = Array.from({ length: REQUESTS }, (_, n) => n).values();
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (const n of numbers) await one(n);
      }),
    );
    expect([...answers.values()].reduce((a, b) => a + b, 0)).toBe(REQUESTS);
    expect(answers.get(400) ?? 0).toBeGreaterThan(REQUESTS / 10);
    expect(residentBytes() - residentBefore).toBeLessThan(GROWTH_MAX_BYTES);
    await expectUnmoved();
  });

  test("after all that it still delivers", async () => {
    await api.until(await api.send({ to: plainNumber(3, 80), code: "482913" }), "delivered");
    expect(await api.metric("otp_conservation_gap")).toBe(0);
    expect(service.process.stderr()).not.toContain("http.fault");
    expect(await service.end()).toEqual({ code: 0, signal: null });
  });
});

function residentBytes(): number {
  const pages = readFileSync(`/proc/${service.process.pid}/statm`, "utf8").split(" ")[1];
  return Number(pages) * 4_096;
}
