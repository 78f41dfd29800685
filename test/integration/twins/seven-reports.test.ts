import { describe, expect, it, onTestFinished } from "vitest";
import { sign } from "../../../src/twins/seven/signature.ts";
import type { TwinOptions } from "../../../src/twins/serve.ts";
import { aTwin, eventually, get, seven } from "./calls.ts";
import { startReceiver } from "./receiver.ts";

const to = "+4915112345678";
const text = "Code 123456";
const quick = { ratePerSecond: 0, reportDelayMs: 30 };

async function aReportedSend(options: TwinOptions = {}, answer?: Parameters<typeof startReceiver>[0]) {
  const receiver = await startReceiver(answer);
  onTestFinished(receiver.close);
  const twin = await aTwin("seven", { reportUrl: receiver.url, faults: quick, ...options });
  await seven(twin, "sms", { to, text, foreign_id: "a-1" });
  return { receiver, twin };
}

describe("the hooks of seven's twin", () => {
  it("are added, listed, removed", async () => {
    const twin = await aTwin("seven");
    const added = await seven(twin, "hooks", { target_url: "https://otp.example.com/r", event_type: "dlr" });
    expect(JSON.parse(added.body)).toEqual({ success: true, code: null, id: 410 });
    expect(JSON.parse((await get(twin, "hooks")).body)).toEqual({
      success: true,
      code: null,
      hooks: [
        {
          id: "410",
          target_url: "https://otp.example.com/r",
          headers: "",
          event_type: "dlr",
          event_filter: null,
          request_method: "POST",
          enabled: true,
          created: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
        },
      ],
    });
    const headers = { "x-api-key": "key", accept: "application/json" };
    const remove = async () =>
      JSON.parse((await seven(twin, "hooks", { id: "410" }, headers, "DELETE")).body);
    expect([await remove(), await remove()]).toEqual([{ success: true }, { success: false }]);
    expect(JSON.parse((await get(twin, "hooks", { action: "read" })).body).hooks).toEqual([]);
  });

  it.each([
    { target_url: "ftp://otp.example.com/r", event_type: "dlr" },
    { target_url: "https://otp.example.com/r", event_type: "sms.dlr" },
    { target_url: "https://otp.example.com/r", event_type: "dlr", request_method: "PUT" },
  ])("refuse %o", async (fields) => {
    const twin = await aTwin("seven");
    const body = JSON.parse((await seven(twin, "hooks", fields)).body);
    expect(body).toMatchObject({ success: false, id: null, error_message: expect.any(String) });
  });

  it("get no report of another event", async () => {
    const receiver = await startReceiver();
    const twin = await aTwin("seven", { faults: quick });
    const headers = "Authorization: Bearer abc\nX-More: 1";
    await seven(twin, "hooks", { target_url: `${receiver.url}&mo`, event_type: "sms_mo" });
    await seven(twin, "hooks", {
      target_url: receiver.url,
      event_type: "dlr",
      headers,
      request_method: "JSON",
    });
    await seven(twin, "sms", { to, text });
    await eventually(() => expect(receiver.received).toHaveLength(3));
    expect(receiver.received.every(({ path }) => !path.includes("mo"))).toBe(true);
    expect(receiver.received[0]!.headers).toMatchObject({ authorization: "Bearer abc", "x-more": "1" });
    await receiver.close();
  });
});

describe("seven's reports", () => {
  it("come as ACCEPTED, TRANSMITTED, DELIVERED in JSON as PHP writes it", async () => {
    const { receiver } = await aReportedSend();
    await eventually(() => expect(receiver.received).toHaveLength(3));
    const bodies = receiver.received.map(({ body }) => JSON.parse(body));
    const statuses = bodies.map(({ data }) => data.status);
    expect(new Set(statuses)).toEqual(new Set(["ACCEPTED", "TRANSMITTED", "DELIVERED"]));
    expect(bodies[statuses.indexOf("ACCEPTED")]).toEqual({
      webhook_event: "dlr",
      webhook_timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]:00$/),
      data: {
        msg_id: "77000000001",
        status: "ACCEPTED",
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
      },
    });
  });

  it("come as form fields with brackets", async () => {
    const { receiver } = await aReportedSend({ reportMethod: "POST", foreignIdInReports: true });
    await eventually(() => expect(receiver.received).toHaveLength(3));
    const last = receiver.received.find(({ body }) => body.includes("DELIVERED"))!;
    const form = new URLSearchParams(last.body);
    expect(last.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect([...form.keys()].sort()).toEqual([
      "data[foreign_id]",
      "data[msg_id]",
      "data[status]",
      "data[timestamp]",
      "webhook_event",
      "webhook_timestamp",
    ]);
    expect([form.get("data[status]"), form.get("data[foreign_id]")]).toEqual(["DELIVERED", "a-1"]);
  });

  it("come as GET with the same names and a signature over the query", async () => {
    const { receiver } = await aReportedSend({ reportMethod: "GET", signingKey: "s" });
    await eventually(() => expect(receiver.received).toHaveLength(3));
    const { method, path, headers, body } = receiver.received[0]!;
    expect([method, body, new URLSearchParams(path.split("?")[1]).get("data[msg_id]")]).toEqual([
      "GET",
      "",
      "77000000001",
    ]);
    const stamp = { timestamp: String(headers["x-timestamp"]), nonce: String(headers["x-nonce"]) };
    const url = new URL(receiver.url).origin + path;
    expect(headers["x-signature"]).toBe(sign("s", { ...stamp, method: "GET", url, body: "" }));
  });

  it.each(["full", "path"] as const)("are signed over the %s URL", async (signedUrl) => {
    const { receiver } = await aReportedSend({ signingKey: "s", signedUrl });
    await eventually(() => expect(receiver.received).toHaveLength(3));
    const { headers, body, path } = receiver.received[0]!;
    const stamp = { timestamp: String(headers["x-timestamp"]), nonce: String(headers["x-nonce"]) };
    expect(stamp.nonce).toMatch(/^[0-9a-z]{32}$/i);
    const url = signedUrl === "full" ? receiver.url : path;
    expect(headers["x-signature"]).toBe(sign("s", { ...stamp, method: "POST", url, body }));
  });

  it("of a voice call are one voice_status event", async () => {
    const receiver = await startReceiver();
    const twin = await aTwin("seven", { reportUrl: receiver.url, faults: quick });
    await seven(twin, "voice", { to, text });
    await eventually(() => expect(receiver.received).toHaveLength(1));
    expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({
      webhook_event: "voice_status",
      data: { id: "77000000001", status: "completed", recipient: "4915112345678" },
    });
    await receiver.close();
  });

  it.each([429, 500, 502, 503, 504, "never"] as const)("are repeated after %s until 200", async (bad) => {
    const isFinal = (body: string) => body.includes("DELIVERED");
    let tries = 0;
    const { receiver, twin } = await aReportedSend(
      { retryScale: 0.0002, reportTimeoutMs: 60, signingKey: "s" },
      (_, { body }) => (isFinal(body) && ++tries < 3 ? bad : 200),
    );
    const finals = () => receiver.received.filter(({ body }) => isFinal(body));
    await eventually(() => {
      const answers = twin.ledger
        .since(0)
        .flatMap((entry) =>
          entry.event === "report" && entry.status === "DELIVERED" ? [[entry.attempt, entry.answer]] : [],
        );
      const seen = bad === "never" ? "timeout" : bad;
      expect(answers).toEqual([
        [1, seen],
        [2, seen],
        [3, 200],
      ]);
    });
    const gaps = finals().map(({ at }, index) => at - (finals()[index - 1]?.at ?? at));
    expect(gaps[2]!).toBeGreaterThan(55);
    expect(new Set(finals().map(({ headers }) => headers["x-signature"])).size).toBe(1);
  });

  it("are signed afresh on a retry if told so", async () => {
    const { receiver } = await aReportedSend(
      { retryScale: 0.0001, signingKey: "s", resignRetries: true, faults: { ...quick, reports: "before" } },
      (nth) => (nth < 2 ? 503 : 200),
    );
    await eventually(() => expect(receiver.received).toHaveLength(2));
    expect(new Set(receiver.received.map(({ headers }) => headers["x-nonce"])).size).toBe(2);
  });

  it("are given up after 14 tries", async () => {
    const log: [string, Record<string, string | number>][] = [];
    const options = {
      retryScale: 0.0000001,
      log: (event: string, fields: Record<string, string | number>) => void log.push([event, fields]),
    };
    const { receiver } = await aReportedSend(
      { ...options, faults: { ...quick, reports: "before" } },
      () => 500,
    );
    await eventually(() =>
      expect(log).toEqual([["report.lost", { status: "DELIVERED", answer: 500, attempt: 14 }]]),
    );
    expect(receiver.received).toHaveLength(14);
  });

  it.each([302, 400, 401, 404])("are never repeated after %s", async (status) => {
    const { receiver, twin } = await aReportedSend(
      { retryScale: 0, faults: { ...quick, reports: "before" } },
      () => status,
    );
    await seven(twin, "sms", { to: "+4915187654321", text });
    await eventually(() => expect(twin.ledger.counts().report).toBe(2));
    expect(receiver.received).toHaveLength(2);
  });

  it("cost no timer and no call when the script says none", async () => {
    const { receiver, twin } = await aReportedSend({ faults: { reports: "none" } });
    twin.faults.set({ reports: "before" });
    await seven(twin, "sms", { to: "+4915187654321", text });
    expect(receiver.received.map(({ body }) => JSON.parse(body).data.msg_id)).toEqual(["77000000002"]);
  });
});
