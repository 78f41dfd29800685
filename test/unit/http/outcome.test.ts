import { describe, expect, it } from "vitest";
import type { Delivery } from "../../../src/core/delivery.ts";
import { StoreUnavailable } from "../../../src/flows/ports.ts";
import type { PublicDeps } from "../../../src/http/app.ts";
import { problemSchema, toldSchema } from "../../../src/http/view-schema.ts";
import { aBundle, aDelivery, aRequest, ID, KEY, NOW, NUMBER, read } from "./bundle.ts";

type Bundle = ReturnType<typeof aBundle>;

const tell = (bundle: Bundle, body: unknown, id = ID, headers = {}) =>
  read(bundle.app.request(`/v1/deliveries/${id}/outcome`, aRequest(body, headers)));
const tellByNumber = (bundle: Bundle, body: unknown, headers = {}) =>
  read(bundle.app.request("/v1/outcomes", aRequest(body, headers)));
const holding = (delivery: Partial<Delivery>, more: Partial<PublicDeps> = {}) =>
  aBundle({ load: async () => ({ delivery: aDelivery(delivery), version: 1 }), ...more });
const other = { authorization: "Bearer other.s3cr3t-of-other" };

describe("POST /v1/deliveries/{id}/outcome", () => {
  it("verified ends the delivery", async () => {
    const bundle = aBundle();
    const answer = await tell(bundle, { verified: true });
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(toldSchema.parse(answer.body)).toEqual({ id: ID, state: "verified", outcome: "verified" });
    expect(bundle.words).toEqual([{ say: "verified", id: ID }]);
    expect(bundle.answered).toEqual([
      expect.objectContaining({ code: "verified", clientId: "cloud", deliveryId: ID, intake: false }),
    ]);
  });

  it("a wrong code is noted and changes nothing", async () => {
    const bundle = holding({ state: "sent" }, { sandbox: true });
    const answer = await tell(bundle, { verified: false });
    expect(toldSchema.parse(answer.body)).toEqual({ id: ID, state: "sent", outcome: "noted", sandbox: true });
    expect(bundle.words).toEqual([{ say: "wrong", id: ID }]);
  });

  it("a delivery that is long over is 409 with a reason", async () => {
    const answer = await tell(aBundle({ tellOutcome: async () => "over" }), { verified: true });
    expect([answer.status, problemSchema.parse(answer.body).code]).toEqual([409, "delivery_over"]);
    expect(answer.body["detail"]).toContain("more than a minute ago");
  });

  it.each([
    ["another client's", ID, other],
    ["an unknown one", ID.replace(/1$/, "2"), {}],
    ["a wild id", "..%2f..", {}],
  ])("%s is not there, and nothing is told", async (_name, id, headers) => {
    const bundle = aBundle();
    const answer = await tell(bundle, { verified: true }, id, headers);
    expect([answer.status, answer.body["code"], bundle.words]).toEqual([404, "not_found", []]);
  });

  it.each<[unknown, number, string, string | undefined]>([
    ["", 400, "invalid_json", undefined],
    ["{", 400, "invalid_json", undefined],
    ['{"verified":true,"verified":false}', 400, "invalid_json", undefined],
    [[], 400, "invalid_request", undefined],
    [{}, 400, "invalid_request", "verified"],
    [{ verified: "true" }, 400, "invalid_request", "verified"],
    [{ verified: 1 }, 400, "invalid_request", "verified"],
    [{ verified: true, code: "482913" }, 400, "invalid_request", "code"],
    [{ verified: true, [NUMBER]: 1 }, 400, "invalid_request", undefined],
    ["x".repeat(9000), 413, "body_too_large", undefined],
  ])("the body %j is refused", async (body, status, code, field) => {
    const bundle = aBundle();
    const answer = await tell(bundle, body);
    expect(problemSchema.parse(answer.body)).toMatchObject({ status, code });
    expect([answer.body["field"], bundle.words]).toEqual([field, []]);
    expect(answer.raw).not.toMatch(/482913|17100000000/);
  });

  it("needs a key and a JSON body", async () => {
    expect((await tell(aBundle(), { verified: true }, ID, { authorization: "Bearer x.y" })).status).toBe(401);
    expect((await tell(aBundle(), { verified: true }, ID, { "content-type": "text/plain" })).status).toBe(
      415,
    );
  });
});

describe("POST /v1/outcomes", () => {
  it("is taken for the newest login of this client to this number", async () => {
    const bundle = aBundle();
    const answer = await tellByNumber(bundle, { to: "0171 000000 00", verified: true, at: NOW + 1_000 });
    expect(answer.status).toBe(200);
    expect(toldSchema.parse(answer.body)).toEqual({ id: ID, state: "verified", outcome: "verified" });
    expect(bundle.words).toEqual([{ say: "verified", id: ID }]);
    expect(bundle.answered[0]).toMatchObject({ code: "verified", deliveryId: ID });
  });

  it("a wrong code is noted", async () => {
    const answer = await tellByNumber(aBundle(), { to: NUMBER, verified: false });
    expect([answer.status, answer.body["outcome"], answer.body["state"]]).toEqual([200, "noted", "queued"]);
  });

  const NONE: [name: string, bundle: () => Bundle, body: object, headers?: Record<string, string>][] = [
    ["a number without a delivery", aBundle, { to: "+4917100000001" }],
    ["another client's number", aBundle, { to: NUMBER }, other],
    ["a delivery that was forgotten", () => aBundle({ load: async () => undefined }), { to: NUMBER }],
    ["another client's delivery", () => holding({ clientId: "other" }), { to: NUMBER }],
    ["a failed one", () => holding({ state: "failed" }), { to: NUMBER }],
    ["an expired one", () => holding({ state: "expired" }), { to: NUMBER }],
    ["a cancelled one", () => holding({ state: "cancelled" }), { to: NUMBER }],
    ["one that died", () => holding({ state: "delivered", expiresAt: NOW - 60_001 }), { to: NUMBER }],
    ["an event from before it", aBundle, { to: NUMBER, at: NOW - 5_001 }],
  ];
  it.each(NONE)("%s is 404 that says what it means", async (_name, make, body, headers) => {
    for (const verified of [true, false]) {
      const bundle = make();
      const answer = await tellByNumber(bundle, { ...body, verified }, headers);
      expect([answer.status, answer.body["code"], bundle.words]).toEqual([404, "not_found", []]);
      expect(answer.body["detail"]).toContain("no live login delivery of this client to this number");
    }
  });

  it.each([NOW - 5_000, NOW + 60_000, "2026-01-05T11:00:00+01:00", "2026-01-05T10:00:59.999Z", undefined])(
    "takes %s as the time of the event",
    async (at) => {
      expect((await tellByNumber(aBundle(), { to: NUMBER, verified: true, at })).status).toBe(200);
    },
  );

  it("finds one that died a moment ago", async () => {
    const bundle = holding({ state: "sent", createdAt: NOW - 360_000, expiresAt: NOW - 60_000 });
    expect((await tellByNumber(bundle, { to: NUMBER, verified: false })).status).toBe(200);
  });

  it.each<[object, string, string]>([
    [{ to: NUMBER }, "invalid_request", "verified"],
    [{ verified: true }, "invalid_request", "to"],
    [{ to: 4917100000000, verified: true }, "invalid_request", "to"],
    [{ to: "Anna", verified: true }, "invalid_recipient", "to"],
    [{ to: `${NUMBER},${NUMBER}`, verified: true }, "invalid_recipient", "to"],
    [{ to: NUMBER, verified: true, at: NOW + 60_001 }, "invalid_request", "at"],
    [{ to: NUMBER, verified: true, at: NOW - 24 * 3_600_000 - 1 }, "invalid_request", "at"],
    [{ to: NUMBER, verified: true, at: "2026-01-05T10:00:00" }, "invalid_request", "at"],
    [{ to: NUMBER, verified: true, at: -1 }, "invalid_request", "at"],
    [{ to: NUMBER, verified: true, at: 1.5 }, "invalid_request", "at"],
    [{ to: NUMBER, verified: true, user: "anna" }, "invalid_request", "user"],
  ])("refuses %o", async (body, code, field) => {
    const bundle = aBundle();
    const answer = await tellByNumber(bundle, body);
    expect(problemSchema.parse(answer.body)).toMatchObject({ status: 400, code, field });
    expect([bundle.words, bundle.faults]).toEqual([[], []]);
    expect(answer.raw).not.toMatch(/17100000000/);
  });
});

describe("a store that is away", () => {
  const away = () => Promise.reject(new StoreUnavailable("gone"));
  const CALLS: [method: string, path: string, body: unknown, deps: Partial<PublicDeps>][] = [
    ["POST", `/v1/deliveries/${ID}/outcome`, { verified: true }, { tellOutcome: away }],
    ["POST", `/v1/deliveries/${ID}/resend`, {}, { sendAgain: away }],
    ["POST", "/v1/outcomes", { to: NUMBER, verified: true }, { newestLogin: away }],
    ["POST", "/v1/outcomes", { to: NUMBER, verified: true }, { tellOutcome: away }],
    ["DELETE", `/v1/deliveries/${ID}`, undefined, { cancel: away }],
    ["DELETE", `/v1/deliveries/${ID}`, undefined, { load: away }],
  ];
  it.each(CALLS)("is 503 with a wait for %s %s", async (method, path, body, deps) => {
    const init = body === undefined ? { headers: { authorization: `Bearer ${KEY}` } } : aRequest(body);
    const answer = await read(aBundle(deps).app.request(path, { ...init, method }));
    expect([answer.status, answer.body["code"]]).toEqual([503, "unavailable"]);
    expect(answer.headers.get("retry-after")).toBe("8");
  });

  it("and one that hangs is 503 within 1.2 s", async () => {
    const startedAt = performance.now();
    const bundle = aBundle({ tellOutcome: () => new Promise(() => undefined) });
    expect((await tellByNumber(bundle, { to: NUMBER, verified: true })).status).toBe(503);
    expect(performance.now() - startedAt).toBeLessThan(1_200);
  });
});
