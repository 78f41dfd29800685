import { describe, expect, it } from "vitest";
import type { Accepted } from "../../../src/flows/accept.ts";
import { StoreUnavailable } from "../../../src/flows/ports.ts";
import { deliverySchema } from "../../../src/http/view-schema.ts";
import { aBundle, aRequest, CODE, ID, KEY, NUMBER, read } from "./bundle.ts";

const code = { to: NUMBER, code: CODE };
const post = (bundle: ReturnType<typeof aBundle>, body: unknown) =>
  read(bundle.app.request("/v1/deliveries", aRequest(body)));

describe("what accept refuses", () => {
  it.each<[Extract<Accepted, { kind: "refused" }>, number, string | null]>([
    [{ kind: "refused", code: "idempotency_conflict" }, 422, null],
    [{ kind: "refused", code: "unknown_route" }, 400, null],
    [{ kind: "refused", code: "no_route" }, 422, null],
    [{ kind: "refused", code: "recipient_limit", retryAfterMs: 61_001 }, 429, "62"],
    [{ kind: "refused", code: "busy", retryAfterMs: 12_300 }, 503, "13"],
  ])("%o", async (refusal, status, retryAfter) => {
    const bundle = aBundle({ accept: async () => refusal });
    const answer = await post(bundle, code);
    expect([answer.status, answer.body["code"]]).toEqual([status, refusal.code]);
    expect(answer.headers.get("retry-after")).toBe(retryAfter);
    expect(bundle.answered[0]?.code).toBe(refusal.code);
  });

  it("a store that is away is 503 with a wait that spreads callers", async () => {
    const accept = (): Promise<Accepted> => Promise.reject(new StoreUnavailable("gone"));
    const answer = await post(aBundle({ accept }), code);
    expect([answer.status, answer.body["code"], answer.headers.get("retry-after")]).toEqual([
      503,
      "unavailable",
      "8",
    ]);
  });

  it("a hanging accept is 503 within 1.2 s", async () => {
    const startedAt = performance.now();
    const answer = await post(aBundle({ accept: () => new Promise(() => undefined) }), code);
    expect(answer.status).toBe(503);
    expect(performance.now() - startedAt).toBeLessThan(1_200);
  });

  it("a slow key check and a hanging accept share the same 1.2 s", async () => {
    const base = aBundle();
    const authenticate = async (id: string, secret: string) => {
      await new Promise((done) => setTimeout(done, 600));
      return base.deps.clients.authenticate(id, secret);
    };
    const startedAt = performance.now();
    const hanging = aBundle({ clients: { authenticate }, accept: () => new Promise(() => undefined) });
    expect((await post(hanging, code)).status).toBe(503);
    expect(performance.now() - startedAt).toBeLessThan(1_200);
  });

  it("a fault of ours is 500 without a word of it, and is reported", async () => {
    const bundle = aBundle({ accept: () => Promise.reject(new Error(`cannot send ${CODE} to ${NUMBER}`)) });
    const answer = await post(bundle, code);
    expect([answer.status, answer.body["code"]]).toEqual([500, "internal_error"]);
    expect(answer.raw).not.toContain(CODE);
    expect(bundle.faults).toHaveLength(1);
  });
});

describe("GET /v1/deliveries/{id}", () => {
  const get = (bundle: ReturnType<typeof aBundle>, id: string, key = KEY) =>
    read(bundle.app.request(`/v1/deliveries/${id}`, { headers: { authorization: `Bearer ${key}` } }));

  it("shows the client's own delivery in the documented shape", async () => {
    const answer = await get(aBundle({ sandbox: true }), ID);
    expect(answer.status).toBe(200);
    expect(deliverySchema.parse(answer.body)).toMatchObject({
      id: ID,
      recipient: "+49*********00",
      sandbox: true,
    });
  });

  it.each([
    ["another client's", ID, "other.s3cr3t-of-other"],
    ["an unknown one", ID.replace(/1$/, "2"), KEY],
    ["a wild id", "%2e%2e%2fetc", KEY],
    ["a prototype name", "__proto__", KEY],
  ])("%s is not there", async (_name, id, key) => {
    const answer = await get(aBundle(), id, key);
    expect([answer.status, answer.body["code"]]).toEqual([404, "not_found"]);
  });
});
