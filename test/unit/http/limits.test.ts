import { describe, expect, it } from "vitest";
import type { Msisdn } from "../../../src/core/phone.ts";
import type { Accepted } from "../../../src/flows/accept.ts";
import { refusalsSchema } from "../../../src/http/view-schema.ts";
import { createMemoryRefusals } from "../../support/memory-states.ts";
import { aBundle, KEY, NOW, NUMBER, read } from "./bundle.ts";

type Code = Extract<Accepted, { kind: "refused" }>["code"];

const TEXT = "482913 is your Nextcloud authentication code";

/** Status, and what playSMS, seven and Huawei call it. */
const CODES: [Code, number, string, string, string][] = [
  ["blocked", 403, "201", "202", "100003"],
  ["country", 403, "201", "202", "100003"],
  ["number_type", 403, "201", "202", "100003"],
  ["recipient_limit", 429, "200", "403", "100004"],
  ["prefix_limit", 429, "200", "403", "100004"],
  ["client_limit", 429, "200", "403", "100004"],
  ["spend_cap", 429, "200", "500", "100004"],
];

describe.each(CODES)("%s", (code, status, playsms, seven, huawei) => {
  const isTimed = status === 429;
  const refusal = { kind: "refused", code, ...(isTimed ? { retryAfterMs: 61_000 } : {}) } as Accepted;
  const ask = (path: string, init: RequestInit = {}) =>
    read(aBundle({ accept: async () => refusal }).app.request(`http://otp.example.org${path}`, init));
  const headers = { authorization: `Bearer ${KEY}` };
  const query = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

  it("is one plain sentence without a number, and says when to come back if that helps", async () => {
    const body = JSON.stringify({ to: NUMBER, text: TEXT });
    const json = { ...headers, "content-type": "application/json" };
    const answer = await ask("/v1/deliveries", { method: "POST", headers: json, body });
    expect([answer.status, answer.body["code"]]).toEqual([status, code]);
    expect(answer.headers.get("retry-after")).toBe(isTimed ? "61" : null);
    expect(answer.body["detail"]).toMatch(/^[A-Z][^\d.]*\.$/);
    expect(answer.raw).not.toMatch(/482913|17100000000/);
  });

  it("is said by every front end in its own way", async () => {
    const fields = { app: "ws", op: "pv", u: "cloud", h: KEY, to: NUMBER, msg: TEXT };
    const bySms = await ask(`/compat/playsms?${query(fields)}`);
    expect([bySms.status, bySms.body["error"]]).toEqual([status, playsms]);
    const bySeven = await ask(`/api/sms?${query({ to: NUMBER, text: TEXT })}`, {
      headers: { "x-api-key": KEY },
    });
    expect([bySeven.status, bySeven.raw]).toEqual([status, seven]);
    const byHuawei = await ask(`/compat/key/${KEY}/huawei/sms/send-sms`, {
      method: "POST",
      headers: { "content-type": "text/xml" },
      body: `<request><Phones><Phone>${NUMBER}</Phone></Phones><Content>${TEXT}</Content></request>`,
    });
    expect([byHuawei.status, byHuawei.raw]).toEqual([
      status,
      expect.stringContaining(`<code>${huawei}</code>`),
    ]);
    const bySignal = await ask(`/compat/key/${KEY}/signal/v2/send`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ recipients: [NUMBER], message: TEXT }),
    });
    expect([bySignal.status, Object.keys(bySignal.body)]).toEqual([200, ["error"]]);
    const plain = await ask(`/compat/sms?${query({ to: NUMBER, text: TEXT })}`, { headers });
    expect([plain.status, plain.body["code"]]).toEqual([status, code]);
  });
});

describe("POST /v1/refusals", () => {
  const refusals = createMemoryRefusals();
  refusals.record(NUMBER as Msisdn, { at: NOW, clientId: "cloud", reason: "blocked" });
  refusals.record(NUMBER as Msisdn, {
    at: NOW + 1_000,
    clientId: "cloud",
    reason: "recipient_limit",
    door: "playsms",
  });
  refusals.record(NUMBER as Msisdn, { at: NOW, clientId: "other", reason: "spend_cap" });
  const ask = (body: unknown, key = KEY) =>
    read(
      aBundle({ refusals }).app.request("/v1/refusals", {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );

  it("tells a client its own, newest first", async () => {
    const answer = await ask({ to: NUMBER });
    expect(answer.status).toBe(200);
    expect(refusalsSchema.parse(answer.body).refusals).toEqual([
      { at: "2026-01-05T10:00:01.000Z", code: "recipient_limit", frontEnd: "playsms" },
      { at: "2026-01-05T10:00:00.000Z", code: "blocked" },
    ]);
    const { body } = await ask({ to: NUMBER }, "other.s3cr3t-of-other");
    expect(refusalsSchema.parse(body).refusals.map(({ code }) => code)).toEqual(["spend_cap"]);
  });

  it("wants a key and one number", async () => {
    expect((await ask({ to: NUMBER }, "cloud.wrong")).status).toBe(401);
    expect((await ask({ to: "nobody" })).body["code"]).toBe("invalid_recipient");
    expect((await ask({})).body).toMatchObject({ code: "invalid_request", field: "to" });
    expect((await ask({ to: NUMBER, at: 1 })).body["code"]).toBe("invalid_request");
  });
});
