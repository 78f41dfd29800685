import { describe, expect, it, afterAll, beforeAll } from "vitest";
import { MAGIC_NUMBERS, magicNumber } from "../../../src/twins/magic.ts";
import { SEVEN_ROWS } from "../../../src/twins/magic-seven.ts";
import { startTwin } from "../../../src/twins/serve.ts";
import { dueAt, stepsOf } from "../../../src/twins/seven/plan.ts";
import type { SevenMessage } from "../../../src/twins/seven/plan.ts";
import { sign } from "../../../src/twins/seven/signature.ts";
import { eventually, get } from "./calls.ts";
import { observe } from "./observe.ts";
import { startReceiver } from "./receiver.ts";
import type { Received } from "./receiver.ts";

const accepted = /^200 \{"success":"100".*"id":"\d{11}".*"success":true,"error":null/;
const refused = (code: string) =>
  new RegExp(`^200 \\{"success":"${code}".*"id":null.*"success":false,"error":"${code}"`);
const NORMAL = ["ACCEPTED", "TRANSMITTED", "DELIVERED"];
type Expected = [suffix: string, answer: RegExp, took: boolean, reports: string[], journal?: string | null];

const EXPECTED: Expected[] = [
  ["990001", refused("403"), false, []],
  ["990002", accepted, true, [], null],
  ["990003", accepted, true, ["ACCEPTED", "TRANSMITTED", "NOTDELIVERED"]],
  ["990004", accepted, true, ["ACCEPTED", "BUFFERED"]],
  ["990005", /^hang$/, true, NORMAL],
  ["990006", /^broken (ECONNRESET|UND_ERR_SOCKET)$/, true, NORMAL],
  ["990007", /^502 <html>/, true, NORMAL],
  ["990008", /^429 retry-after 2$/, false, []],
  ["990009", /^200 <html>/, true, NORMAL],
  ["990010", accepted, true, ["DELIVERED"]],
  ["990011", accepted, true, ["DELIVERED", "TRANSMITTED", "DELIVERED", "ACCEPTED", "ACCEPTED"]],
  ["990012", accepted, true, NORMAL],
  ["990013", accepted, true, ["NOTDELIVERED forged", "DELIVERED"]],
  ["990014", /^200 900$/, false, []],
  ["990015", /^200 "900"$/, false, []],
  ["990016", /^200 \{"success":"500"\}$/, false, []],
  ["990017", refused("202"), false, []],
  ["990018", /^200 \{"success":"101".*"success":false,"error":"600"/, false, []],
  ["990019", /^hang$/, false, []],
  ["990020", /^broken (ECONNRESET|UND_ERR_SOCKET)$/, false, []],
  ["990021", /^503 <html>/, false, []],
  ["990022", refused("402"), false, []],
  ["990023", /^302 /, false, []],
  ["990024", /^oversize$/, true, NORMAL],
  ["990025", /^broken UND_ERR_SOCKET$/, true, NORMAL],
  ["990026", /^200 \{"success":"100".*"id":\d{11},/, true, NORMAL],
  ["990027", /^200 \{"success":"100".*"id":null.*"success":true/, true, NORMAL],
  ["990028", refused("600"), false, []],
  ["990029", /^200 \{"success":"955"\}$/, false, []],
  ["990030", /^500 <html>/, true, NORMAL],
  ["990031", accepted, true, ["ACCEPTED", "BUFFERED", "EXPIRED"]],
  ["990032", accepted, true, ["ACCEPTED", "REJECTED"]],
  ["990033", accepted, true, [], "DELIVERED"],
  ["990034", accepted, true, ["DELIVERED stray", ...NORMAL]],
  ["990035", /^hang$/, true, NORMAL],
  ["990036", /^200 $/, true, NORMAL],
  ["990037", refused("11"), false, []],
  ["990038", refused("201"), false, []],
  ["990039", /^200 \{"success":"902"\}$/, false, []],
  ["990040", /^200 \{"success":"903"\}$/, false, []],
  ["990041", /^200 \{"success":false,"error_code":600,"error_message":"[^"]+"\}$/, false, []],
  ["990042", /^200 \{"success":600.*"success":false,"error":600,/, false, []],
  ["990043", accepted, true, ["ACCEPTED", "FAILED"]],
  ["990044", /^403 <html>/, false, []],
];

const key = "signing-key";
const faults = { ratePerSecond: 0, reportDelayMs: 300, lateMs: 600, ttlScale: 0.002 };
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let twin: Awaited<ReturnType<typeof startTwin>>;
beforeAll(async () => {
  receiver = await startReceiver();
  twin = await startTwin("seven", { reportUrl: receiver.url, signingKey: key, faults });
  const headers = { accept: "application/json", "x-api-key": "key" };
  const send = async ([suffix, answer]: Expected) => {
    const patienceMs = answer.test("hang") ? 500 : undefined;
    const fields = { to: magicNumber(suffix), text: "Code 123456", ttl: 5 };
    answers.set(suffix, await observe(`${twin.url}/api/sms`, headers, fields, patienceMs));
  };
  await Promise.all(EXPECTED.map(send));
});
afterAll(async () => {
  await twin.close();
  await receiver.close();
});

const answers = new Map<string, string>();

const byName = (a: string, b: string) => a.localeCompare(b);
const isForged = ({ method, headers, body }: Received) => {
  const stamp = { timestamp: String(headers["x-timestamp"]), nonce: String(headers["x-nonce"]) };
  return headers["x-signature"] !== sign(key, { ...stamp, method, url: receiver.url, body });
};
const idIn = ({ body }: Received): string => JSON.parse(body).data.msg_id;
const STRANGER = "76999999999";

function reportsFor(id: string): string[] {
  const mine = receiver.received.filter((got) => idIn(got) === id || idIn(got) === STRANGER);
  return mine.map((got) => {
    const { status } = JSON.parse(got.body).data;
    return `${status}${isForged(got) ? " forged" : ""}${idIn(got) === STRANGER ? " stray" : ""}`;
  });
}

describe("a magic number of seven", () => {
  it("is tested for every row of the table", () => {
    expect(EXPECTED.map(([suffix]) => suffix)).toEqual(SEVEN_ROWS.map(({ suffix }) => suffix));
    const others = MAGIC_NUMBERS.filter(({ suffix }) => suffix.startsWith("9901"));
    expect(others.every(({ seven }) => seven.act === "refuse" && seven.code === "403")).toBe(true);
  });

  it.each(EXPECTED)(
    "%s answers %s, accepted: %s, reports: %j",
    async (suffix, answer, took, reports, journal) => {
      const to = magicNumber(suffix);
      const mine = () =>
        twin.ledger.since(0).filter((entry) => entry.event === "accepted" && `+${entry.recipient}` === to);
      expect(answers.get(suffix)).toMatch(answer);
      expect(mine()).toHaveLength(took ? 1 : 0);
      if (!took) return;
      const [entry] = mine();
      const id = entry && "providerMessageId" in entry ? entry.providerMessageId : "";
      const wanted = reports.filter((one) => !one.endsWith("stray"));
      await eventually(() =>
        expect(
          reportsFor(id)
            .filter((one) => !one.endsWith("stray"))
            .toSorted(byName),
        ).toEqual(wanted.toSorted(byName)),
      );
      if (reports.some((one) => one.endsWith("stray"))) expect(reportsFor(id)).toContain("DELIVERED stray");
      const final =
        journal === undefined
          ? reports.findLast((one) => /^[A-Z]+$/.test(one) && one !== "ACCEPTED")
          : journal;
      await eventually(async () => {
        const [row] = JSON.parse((await get(twin, "journal/outbound", { id })).body);
        expect(row.dlr).toBe(suffix === "990011" ? "DELIVERED" : final);
      });
    },
  );
});

describe("the reports of magic numbers", () => {
  it("are posted twice and in the wrong order for 990011", () => {
    const entry = twin.ledger
      .since(0)
      .find((one) => one.event === "accepted" && one.recipient.endsWith("990011"));
    const message = entry as SevenMessage;
    const dues = stepsOf(message).map((step) => ({ status: step.status, at: dueAt(message, step) }));
    expect(dues.toSorted((a, b) => a.at - b.at).map(({ status }) => status)).toEqual([
      "DELIVERED",
      "TRANSMITTED",
      "DELIVERED",
      "ACCEPTED",
      "ACCEPTED",
    ]);
  });

  it("overtake the answer of 990010", async () => {
    const order: string[] = [];
    const watched = await startReceiver((_, { body }) => {
      order.push(JSON.parse(body).data.status);
      return 200;
    });
    const other = await startTwin("seven", { reportUrl: watched.url, faults });
    await observe(
      `${other.url}/api/sms`,
      { "x-api-key": "key" },
      { to: magicNumber("990010"), text: "Code 1" },
    );
    order.push("answer");
    expect(order).toEqual(["DELIVERED", "answer"]);
    await other.close();
    await watched.close();
  });

  it("come late for 990012", () => {
    const entry = twin.ledger
      .since(0)
      .find((one) => one.event === "accepted" && one.recipient.endsWith("990012"));
    const id = entry && "providerMessageId" in entry ? entry.providerMessageId : "";
    const late = receiver.received.find((got) => idIn(got) === id && got.body.includes('"DELIVERED"'));
    expect(late!.at - entry!.at).toBeGreaterThanOrEqual(faults.lateMs);
  });

  it("of a forger go to a URL nobody registered when there is no signing key", async () => {
    const watched = await startReceiver();
    const other = await startTwin("seven", { reportUrl: watched.url, faults });
    await observe(
      `${other.url}/api/sms`,
      { "x-api-key": "key" },
      { to: magicNumber("990013"), text: "Code 1" },
    );
    await eventually(() => expect(watched.received).toHaveLength(2));
    const paths = watched.received.map(({ path }) => path);
    expect(paths.filter((path) => watched.url.endsWith(path))).toHaveLength(1);
    await other.close();
    await watched.close();
  });
});
