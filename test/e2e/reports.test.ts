import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signedHeaders } from "../../src/twins/seven/signature.ts";
import { eventually } from "../support/eventually.ts";
import { type Answer, type ApiClient, call, createApiClient, plainNumber } from "../support/http-client.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, type Service, startUp } from "../support/service.ts";
import { startTwinProcess, type TwinProcess } from "../support/twin-process.ts";

let twin: TwinProcess;
let service: Service;
let api: ApiClient;
let hookUrl: string;
let serial = 0;

beforeAll(async () => {
  twin = await startTwinProcess();
  service = await startUp({ ...twin.env, DATA_DIR: freshDir() });
  api = createApiClient(service.ready);
  hookUrl = service.ready.reportUrls["seven"]!;
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

const key = () => twin.env["SEVEN_SIGNING_KEY"]!;
const event = (messageId: string, status: string) =>
  JSON.stringify({
    webhook_event: "dlr",
    webhook_timestamp: new Date().toISOString(),
    data: { msg_id: messageId, status, timestamp: "2026-01-01 10:00:00.000000" },
  });

type Spoilt = { url?: string; headers?: Record<string, string>; key?: string };

/** A report as seven signs it, or spoilt in one way. */
function report(body: string, { url = hookUrl, headers = {}, key: with_ = key() }: Spoilt = {}) {
  const signed = signedHeaders(with_, { method: "POST", url: hookUrl, body });
  return call(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...signed, ...headers },
    body,
  });
}

/** Taken by the twin, which reports nothing by itself. */
async function sentOnly(): Promise<{ id: string; messageId: string }> {
  await twin.setFaults({ reports: "none" });
  serial += 1;
  const id = await api.send({ to: plainNumber(serial, 30), code: "482913" });
  await api.until(id, "sent");
  const taken = (await twin.accepted()).filter((t) => t.recipient === plainNumber(serial, 30).slice(1));
  expect(taken).toHaveLength(1);
  return { id, messageId: taken[0]!.providerMessageId };
}

describe("reports over the wire", () => {
  test.each(["JSON", "POST", "GET"] as const)("a %s hook brings a delivery to its end", async (method) => {
    await call(`${twin.urls.seven}/_twin/reset`, { method: "POST" });
    await twin.hook(hookUrl, method);
    await twin.setFaults({ reports: "normal" });
    serial += 1;
    await api.until(await api.send({ to: plainNumber(serial, 31), code: "482913" }), "delivered");
    const reports = (await twin.ledger()).filter((entry) => entry.event === "report");
    expect(reports.length).toBeGreaterThan(0);
    expect(reports.map((r) => r.answer)).toEqual(reports.map(() => 200));
  });

  test("what is not signed by seven is answered 503, alerted once, and changes nothing", async () => {
    const { id, messageId } = await sentOnly();
    const body = event(messageId, "DELIVERED");
    const other = event(messageId, "FAILED");
    const signed = signedHeaders(key(), { method: "POST", url: hookUrl, body: other });
    const forged: Answer[] = [
      await report(body, { key: "another key" }),
      await report(body, { headers: { "x-signature": "" } }),
      await report(body, { headers: { "x-signature": "0".repeat(64) } }),
      await report(body, { headers: { "x-nonce": "another" } }),
      await report(body, { headers: { "x-timestamp": "1" } }),
      await report(body, { headers: signed }),
    ];
    expect(forged.map(({ status }) => status)).toEqual(forged.map(() => 503));
    expect(forged.map(({ headers }) => headers.get("retry-after"))).toEqual(forged.map(() => "60"));
    // Whether it was told lately is looked up beside the answer.
    const alerted = () => api.metric('otp_alerts_total{alert="report_unauthentic"}');
    await eventually(async () => expect(await alerted()).toBe(1));
    expect((await api.view(id)).state).toBe("sent");
    expect((await report(body)).status).toBe(200);
    await api.until(id, "delivered");
  });

  test("a wrong address is 404, what can never be read is refused for good", async () => {
    const { id, messageId } = await sentOnly();
    const body = event(messageId, "DELIVERED");
    const wrong = [
      `${hookUrl}x`,
      hookUrl.replace(/[^/]+$/, "AAAAAAAAAAAAAAAAAAAAAA"),
      hookUrl.replace("seven", "nobody"),
    ];
    for (const url of wrong) expect((await report(body, { url })).status).toBe(404);
    expect((await report("not json")).status).toBe(400);
    expect((await report(JSON.stringify({ webhook_event: "dlr", data: {} }))).status).toBe(400);
    expect((await report("x".repeat(20_000))).status).toBe(413);
    expect((await report(body, { headers: { "content-type": "text/html" } })).status).toBe(415);
    expect((await report(body, { headers: { "content-encoding": "gzip" } })).status).toBe(415);
    expect((await api.view(id)).state).toBe("sent");
  });

  test("of a hundred copies at once one counts, and an older word after DELIVERED moves nothing back", async () => {
    const { id, messageId } = await sentOnly();
    const copies = await Promise.all(
      Array.from({ length: 100 }, () => report(event(messageId, "DELIVERED"))),
    );
    expect(new Set(copies.map(({ status }) => status))).toEqual(new Set([200]));
    const seen = await api.until(id, "delivered");
    for (const status of ["FAILED", "BUFFERED", "NOTDELIVERED", "TRANSMITTED", "SOMETHING"]) {
      expect((await report(event(messageId, status))).status).toBe(200);
    }
    await eventually(async () => expect(await settled()).toBe(0));
    const after = await api.view(id);
    expect(after.state).toBe("delivered");
    expect(after.attempts).toHaveLength(seen.attempts.length);
    expect(after.timeline.filter(({ kind }) => kind === "delivered")).toHaveLength(
      seen.timeline.filter(({ kind }) => kind === "delivered").length,
    );
  });

  test("a report of a stranger's message is taken and parked", async () => {
    const before = (await api.metric("otp_dlr_total{")) ?? 0;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => report(event(`7700000${n}`, "DELIVERED"))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await eventually(async () => expect(await api.metric("otp_dlr_total{")).toBe(before + 20));
    expect(await api.metric("otp_conservation_gap")).toBe(0);
  });
});

async function settled(): Promise<number> {
  const text = (await api.operator("/metrics")).text;
  const waiting = text.split("\n").filter((line) => line.startsWith('otp_queue_jobs{queue="settle"'));
  expect(waiting.length).toBeGreaterThan(0);
  return waiting.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
