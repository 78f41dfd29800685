import { expect, it, onTestFinished } from "vitest";
import { createSevenReports, SEVEN_STATUSES } from "../../../src/providers/seven-reports.ts";
import { sevenSignature } from "../../../src/providers/seven-signature.ts";
import { parseSevenTime } from "../../../src/providers/seven-time.ts";
import type { Msisdn } from "../../../src/core/phone.ts";
import { configuredProviders } from "../../../src/providers/registry.ts";
import { startTwin } from "../../../src/twins/serve.ts";
import { aReportRequest } from "../../conformance/provider-bench.ts";
import { startFaultyServer } from "../../support/faulty-server.ts";

const KEY = "example-signing-key";
const SIGNED = { timestamp: "1700000000", nonce: "0123456789abcdef0123456789abcdef" };
const HOOK = "https://otp.example.com/hooks/seven?t=abc";
const BODY =
  '{"data":{"msg_id":"77000000001","status":"DELIVERED","timestamp":"2026-01-05 10:00:03.000000"},"webhook_event":"dlr","webhook_timestamp":"2026-01-05T10:00:03+01:00"}';
const SIGNATURE = "2156a95f2e503da3dfac92830ee18324218c604d091fef126c378d3711e873e7";
const REFERENCE = "019a2b3c-4d5e-7f60-8a9b-0c1d2e3f4a5b-2";

const json = (value: unknown, headers: Record<string, string> = {}) =>
  aReportRequest({
    url: HOOK,
    headers: { "content-type": "application/json", ...headers },
    body: typeof value === "string" ? value : JSON.stringify(value),
  });
const dlr = (data: object, more: object = {}) => json({ webhook_event: "dlr", data, ...more });
const unsigned = createSevenReports([]);

it.each([
  [
    "POST",
    "https://gateway.seven.io/api/sms",
    '{"to":"4915100000000","text":"Code 123456","from":"Acme"}',
    "c2f4b8b9499d4a574cbb4b0703d3842e565ac15130ecb24870e08d2a62058f62",
  ],
  [
    "GET",
    "https://gateway.seven.io/api/balance",
    "",
    "21ac3a89931ca879d878638f430af0bc242c88cea7046fb8c329de6f33e54a35",
  ],
  ["POST", HOOK, BODY, SIGNATURE],
])("signature vector: %s %s", (method, url, body, signature) => {
  expect(sevenSignature(KEY, { ...SIGNED, method, url, body })).toBe(signature);
});

it("takes the vector's report whichever of its keys signed it, however old", () => {
  const headers = { "X-Signature": SIGNATURE, "X-Timestamp": SIGNED.timestamp, "X-Nonce": SIGNED.nonce };
  const request = json(BODY, headers);
  for (const keys of [[KEY], ["newer", KEY], [KEY, "older"]]) {
    expect(createSevenReports(keys).read(request)).toMatchObject({
      kind: "reports",
      reports: [{ status: "delivered" }],
    });
  }
  expect(createSevenReports(["newer"]).read(request)).toEqual({ kind: "unauthentic" });
  expect(createSevenReports([KEY]).read(json(BODY))).toEqual({ kind: "unauthentic" });
  expect(createSevenReports([KEY]).read(json(BODY.replace("DELIVERED", "FAILED"), headers)).kind).toBe(
    "unauthentic",
  );
});

it.each([...SEVEN_STATUSES])("%s means %s", (said, status) => {
  expect(unsigned.read(dlr({ msg_id: 1, status: said }))).toMatchObject({
    reports: [{ status, said, providerMessageId: "1" }],
  });
});

it.each(["UNKNOWN", "SOMETHING_NEW", "constructor", "+4915112345678", "code 739154"])(
  "%s moves nothing",
  (said) => {
    const read = unsigned.read(dlr({ msg_id: "1", status: said }));
    expect(read).toMatchObject({ reports: [{ status: "unknown" }] });
    expect(JSON.stringify(read)).not.toMatch(/\d{4,}/);
  },
);

it.each(["sms_mo", "voice_status", "tracking", "rcs", "all"])(
  "event %s is taken and ignored",
  (webhook_event) => {
    expect(unsigned.read(json({ webhook_event, data: { text: "739154" } }))).toEqual({
      kind: "reports",
      reports: [],
    });
  },
);

it("gives our reference back, and nothing else under that name", () => {
  const read = (foreign_id: unknown) => unsigned.read(dlr({ msg_id: "1", status: "DELIVERED", foreign_id }));
  expect(read(REFERENCE)).toMatchObject({ reports: [{ reference: REFERENCE }] });
  for (const foreign of ["order 5", `${REFERENCE}x`, "+4915112345678", 5, null, { a: 1 }]) {
    expect(read(foreign)).toMatchObject({ reports: [{ reference: undefined }] });
  }
});

it.each<[string, unknown]>([
  ["no id", { webhook_event: "dlr", data: { status: "DELIVERED" } }],
  ["an id with blanks", { webhook_event: "dlr", data: { msg_id: "a b", status: "DELIVERED" } }],
  ["an endless id", { webhook_event: "dlr", data: { msg_id: "1".repeat(65), status: "DELIVERED" } }],
  ["no status", { webhook_event: "dlr", data: { msg_id: "1" } }],
  ["an endless status", { webhook_event: "dlr", data: { msg_id: "1", status: "D".repeat(1_000) } }],
  ["a list", [1]],
  ["a prototype as data", '{"webhook_event":"dlr","__proto__":{"msg_id":"1","status":"DELIVERED"}}'],
  ["cut JSON", BODY.slice(0, 40)],
])("%s is malformed", (_, value) => {
  expect(unsigned.read(json(value)).kind).toBe("malformed");
});

it.each<[string, number | undefined]>([
  ["2026-01-05 10:00:03.000000", Date.UTC(2026, 0, 5, 9, 0, 3)],
  ["2026-07-05 10:00:03", Date.UTC(2026, 6, 5, 8, 0, 3)],
  ["2026-03-29 01:59:59", Date.UTC(2026, 2, 29, 0, 59, 59)],
  ["2026-03-29 03:00:00", Date.UTC(2026, 2, 29, 1, 0, 0)],
  ["2026-10-25 03:00:00", Date.UTC(2026, 9, 25, 2, 0, 0)],
  ["2026-01-05 10:00:03.5", Date.UTC(2026, 0, 5, 9, 0, 3, 500)],
  ["2026-01-05T10:00:03+01:00", Date.UTC(2026, 0, 5, 9, 0, 3)],
  ["2026-01-05T10:00:03Z", Date.UTC(2026, 0, 5, 10, 0, 3)],
  ["yesterday", undefined],
  ["2026-13-99T99:99:99Z", undefined],
  ["", undefined],
])("time stamp %s", (text, at) => {
  expect(parseSevenTime(text)).toBe(at);
});

it("the twin's three forms, signed over URL or path, are read as they left", async () => {
  for (const reportMethod of ["JSON", "POST", "GET"] as const) {
    for (const signedUrl of ["full", "path"] as const) {
      const hook = await startFaultyServer({ kind: "answer", status: 200, body: "" });
      const reportUrl = `${hook.url}/reports/seven/token`;
      const twin = await startTwin("seven", {
        fsync: false,
        reportUrl,
        reportMethod,
        signedUrl,
        signingKey: KEY,
        foreignIdInReports: true,
        faults: { reportDelayMs: 1, ratePerSecond: 0 },
      });
      onTestFinished(() => Promise.all([hook.close(), twin.close()]).then(() => undefined));
      await sendThrough(twin.url);
      await expect.poll(() => statuses(hook.requests, reportUrl)).toContain("delivered");
      for (const request of hook.requests) {
        expect(read(request, reportUrl)).toMatchObject({
          reports: [{ providerMessageId: "77000000001", reference: REFERENCE }],
        });
      }
    }
  }
});

type Got = Awaited<ReturnType<typeof startFaultyServer>>["requests"][number];

function read({ method, path, headers, body }: Got, url: string) {
  const [, query = ""] = path.split("?");
  return createSevenReports([KEY]).read(aReportRequest({ method, url, query, headers, body }));
}

function statuses(requests: Got[], url: string): string[] {
  return requests.flatMap((request) => {
    const reading = read(request, url);
    return reading.kind === "reports" ? reading.reports.map((report) => report.status) : [reading.kind];
  });
}

async function sendThrough(url: string): Promise<void> {
  const [seven] = configuredProviders({ SEVEN_API_KEY: "key", SEVEN_BASE_URL: url }).providers;
  const provider = seven!.create({ clock: { now: Date.now }, reportUrl: undefined, proxy: undefined });
  const content = { code: "739154", text: "739154 is your code." };
  const to = "+4915112345678" as Msisdn;
  await provider.send(
    { to, content, reference: REFERENCE, validForMs: 60_000 },
    new AbortController().signal,
  );
  await provider.close();
}
