import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { GATEWAYAPI_ROWS } from "../../../src/twins/magic-gatewayapi.ts";
import { MAGIC_NUMBERS, magicNumber } from "../../../src/twins/magic.ts";
import { type RunningTwin, startTwin } from "../../../src/twins/serve.ts";
import { eventually } from "../../support/eventually.ts";
import { aTwin } from "./calls.ts";
import { observe } from "./observe.ts";
import { type Received, startReceiver } from "./receiver.ts";

const SECRET = "webhook-secret";
const HEADERS = { authorization: "Token t-1" };
const letter = (to: string, more: object = {}) => ({
  sender: "Acme",
  message: "123456 is your code",
  recipients: [{ msisdn: Number(to.slice(1)) }],
  validity_period: 60,
  ...more,
});
const send = (
  { url }: { url: string },
  body: Record<string, unknown>,
  headers: Record<string, string> = HEADERS,
) => observe(`${url}/rest/mtsms`, headers, body, 600);

function claimsOf({ headers }: Received, secret = SECRET): Record<string, unknown> | undefined {
  const [head, payload = "", signature] = String(headers["x-gwapi-signature"]).split(".");
  const expected = createHmac("sha256", secret).update(`${head}.${payload}`).digest("base64url");
  return expected === signature ? JSON.parse(Buffer.from(payload, "base64url").toString()) : undefined;
}

describe("the GatewayAPI twin", () => {
  it("takes a message with a numeric id and writes it down", async () => {
    const twin = await aTwin("gatewayapi", { token: "t-1" });
    expect(await send(twin, letter("+4915112345678", { userref: "ref-1" }))).toBe('200 {"ids":[421332671]}');
    expect(await send(twin, letter("+4915112345678", { recipients: [{ msisdn: "4915112345678" }] }))).toBe(
      '200 {"ids":[421332672]}',
    );
    expect(twin.ledger.since(0)[0]).toMatchObject({
      provider: "gatewayapi",
      event: "accepted",
      recipient: "4915112345678",
      text: "123456 is your code",
      userref: "ref-1",
      ttlMs: 60_000,
    });
  });

  it.each<[string, object, Record<string, string>, RegExp]>([
    ["no token", {}, {}, /^401 \{"code"/],
    ["another token", {}, { authorization: "Token t-2" }, /^401 /],
    ["the token as Bearer", {}, { authorization: "Bearer t-1" }, /^401 /],
    ["no text", { message: "" }, HEADERS, /^400 /],
    ["no sender", { sender: undefined }, HEADERS, /^400 /],
    ["no recipient", { recipients: [] }, HEADERS, /^400 /],
    ["a name for a number", { recipients: [{ msisdn: "friends" }] }, HEADERS, /^400 /],
    ["a validity that is text", { validity_period: "60" }, HEADERS, /^400 /],
  ])("refuses %s", async (_, change, headers, seen) => {
    const twin = await aTwin("gatewayapi", { token: "t-1" });
    expect(await send(twin, letter("+4915112345678", change), headers)).toMatch(seen);
    expect(twin.ledger.counts().accepted).toBe(0);
  });

  it("refuses once its money is used up", async () => {
    const twin = await aTwin("gatewayapi", { faults: { balance: 0.07 } });
    expect(await send(twin, letter("+4915112345678"))).toMatch(/^200 /);
    expect(await send(twin, letter("+4915112345678"))).toMatch(/^403 /);
  });

  it("brings a report again after 60, 120, 360 s and so on until a 2xx, word for word", async () => {
    const receiver = await startReceiver((nth) => [500, 302, 404, 204][nth - 1] ?? 204);
    onTestFinished(receiver.close);
    const faults = { reportDelayMs: 1, reports: "failed" } as const;
    const twin = await aTwin("gatewayapi", { signingKey: SECRET, faults, retryScale: 1 / 2_000 });
    await send(twin, letter("+4915112345678", { callback_url: receiver.url }));
    await eventually(() => expect(receiver.received).toHaveLength(4));
    const [first, second, third, fourth] = receiver.received.map(({ at }) => at);
    expect(second! - first!).toBeGreaterThanOrEqual(29);
    expect(third! - second!).toBeGreaterThanOrEqual(59);
    expect(fourth! - third!).toBeGreaterThanOrEqual(179);
    expect(new Set(receiver.received.map(({ headers }) => headers["x-gwapi-signature"])).size).toBe(1);
  });

  it("hands over at its rate, and what outlived its validity in the queue expires", async () => {
    const receiver = await startReceiver();
    onTestFinished(receiver.close);
    const faults = { ratePerSecond: 1, ttlScale: 0.001, reportDelayMs: 10 };
    const twin = await aTwin("gatewayapi", { signingKey: SECRET, faults });
    const more = { callback_url: receiver.url };
    for (let n = 0; n < 2; n++) await send(twin, letter("+4915112345678", more));
    const [first, second] = twin.ledger.since(0).flatMap((e) => (e.event === "accepted" ? [e] : []));
    const handOver = [first, second].map((e) => (e?.provider === "gatewayapi" ? e.handOverAt : 0));
    expect(handOver[0]).toBe(first!.at);
    expect(handOver[1]).toBe(first!.at + 1_000);
    const said = ({ body }: Received) => JSON.parse(body) as { id: number; status: string };
    await eventually(() => {
      const about = receiver.received.map(said).filter(({ id }) => String(id) === second!.providerMessageId);
      expect(about.map(({ status }) => status)).toEqual(["EXPIRED"]);
    });
  });

  it("goes on with its ids on the ledger of an earlier run", async () => {
    const folder = await mkdtemp(join(tmpdir(), "otpost-twin-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const ledger = join(folder, "ledger.ndjson");
    const first = await startTwin("gatewayapi", { ledger });
    await send(first, letter("+4915112345678"));
    await first.close();
    const second = await aTwin("gatewayapi", { ledger });
    expect(await send(second, letter("+4915112345678"))).toBe('200 {"ids":[421332672]}');
  });
});

const SENT = /^200 \{"ids":\[\d+\]\}$/;
const NORMAL = ["BUFFERED", "ENROUTE", "DELIVERED"];

/** Suffix, what a client sees, whether it was taken, and the reports. */
const EXPECTED: [string, RegExp, boolean, string[]][] = [
  ["990301", /^422 \{"code":"0x0005"/, false, []],
  ["990302", SENT, true, []],
  ["990303", SENT, true, ["BUFFERED", "ENROUTE", "UNDELIVERABLE"]],
  ["990304", /^hang$/, true, NORMAL],
  ["990305", /^broken/, true, NORMAL],
  ["990306", /^502 </, true, NORMAL],
  ["990307", /^429 retry-after 2/, false, []],
  ["990308", SENT, true, ["DELIVERED"]],
  ["990309", SENT, true, ["DELIVERED", "ENROUTE", "DELIVERED", "BUFFERED", "ENROUTE"]],
  ["990310", SENT, true, NORMAL],
  ["990311", SENT, true, ["UNDELIVERABLE", "DELIVERED"]],
  ["990312", /^401 /, false, []],
  ["990313", SENT, true, ["BUFFERED", "ENROUTE", "EXPIRED"]],
  ["990314", SENT, true, ["BUFFERED", "REJECTED"]],
  ["990315", SENT, true, ["SKIPPED"]],
  ["990316", SENT, true, NORMAL],
  ["990317", SENT, true, []],
  ["990318", /^200 </, true, NORMAL],
  ["990319", /^broken/, true, NORMAL],
  ["990320", /^503 /, false, []],
];

describe("a magic number of GatewayAPI", () => {
  let twin: RunningTwin;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;

  beforeAll(async () => {
    receiver = await startReceiver();
    const faults = { ratePerSecond: 0, reportDelayMs: 30, lateMs: 120, ttlScale: 0.001 };
    twin = await startTwin("gatewayapi", { signingKey: SECRET, faults });
  });
  afterAll(async () => {
    await twin.close();
    await receiver.close();
  });

  const to = (suffix: string) => letter(magicNumber(suffix), { callback_url: receiver.url });
  const about = (suffix: string) => {
    const msisdn = Number(magicNumber(suffix).slice(1));
    return receiver.received.filter(({ body }) => JSON.parse(body).msisdn === msisdn);
  };
  const statusOf = ({ body }: Received): string => JSON.parse(body).status;

  it("is tested for every row of the table", () => {
    expect(EXPECTED.map(([suffix]) => suffix)).toEqual(GATEWAYAPI_ROWS.map(({ suffix }) => suffix));
  });

  it("delivers where only others misbehave", async () => {
    const rows = MAGIC_NUMBERS.filter(({ gatewayapi }) => gatewayapi === undefined);
    const seen = await Promise.all(rows.map(({ suffix }) => send(twin, letter(magicNumber(suffix)))));
    expect(rows.length).toBeGreaterThan(60);
    expect(seen.every((one) => SENT.test(one))).toBe(true);
  });

  it.each(EXPECTED)("%s answers %s, taken: %s, reports: %j", async (suffix, answer, took, reports) => {
    const before = twin.ledger.counts().accepted;
    expect(await send(twin, to(suffix))).toMatch(answer);
    expect(twin.ledger.counts().accepted - before).toBe(took ? 1 : 0);
    const strangers = suffix === "990316" ? ["DELIVERED"] : [];
    await eventually(() =>
      expect(about(suffix).map(statusOf).toSorted()).toEqual([...reports, ...strangers].toSorted()),
    );
    const genuine = about(suffix).filter((one) => claimsOf(one) !== undefined);
    expect(genuine).toHaveLength(about(suffix).length - (suffix === "990311" ? 1 : 0));
    for (const one of genuine) expect(claimsOf(one)).toEqual(JSON.parse(one.body));
  });
});
