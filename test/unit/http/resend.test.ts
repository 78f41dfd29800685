import { describe, expect, it } from "vitest";
import type { Attempt, Delivery, PlannedAttempt } from "../../../src/core/delivery.ts";
import type { Resent } from "../../../src/flows/resend.ts";
import { cancelledSchema, problemSchema, resentSchema } from "../../../src/http/view-schema.ts";
import { aBundle, aDelivery, aRequest, ID, KEY, NOW, read } from "./bundle.ts";

type Bundle = ReturnType<typeof aBundle>;

const authorization = `Bearer ${KEY}`;
const resend = (
  bundle: Bundle,
  init: RequestInit = { method: "POST", headers: { authorization } },
  id = ID,
) => read(bundle.app.request(`/v1/deliveries/${id}/resend`, init));
const remove = (bundle: Bundle, headers = { authorization }, id = ID) =>
  read(bundle.app.request(`/v1/deliveries/${id}`, { method: "DELETE", headers }));

/** A delivery that is `after` as soon as the flow was asked. */
function changing(before: Partial<Delivery>, after: Partial<Delivery>, resent: Resent) {
  let now = before;
  return aBundle({
    load: async () => ({ delivery: aDelivery(now), version: 1 }),
    sendAgain: async () => {
      now = after;
      return resent;
    },
  });
}

const first: Attempt = {
  number: 1,
  route: "seven-sms",
  why: "first",
  reference: `${ID}-1`,
  plannedAt: NOW,
  intentAt: NOW,
  state: "accepted",
  acceptedAt: NOW,
  reports: [],
};
const next: PlannedAttempt = {
  number: 2,
  route: "telegram-gateway",
  why: "resend",
  reference: `${ID}-2`,
  plannedAt: NOW,
  notBefore: NOW,
};
const sent = { state: "sent", attempts: [first] } as const satisfies Partial<Delivery>;

describe("POST /v1/deliveries/{id}/resend", () => {
  it("plans the next route and names it", async () => {
    const bundle = changing(sent, { ...sent, next }, "attempt");
    const answer = await resend(bundle);
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([202, "no-store"]);
    expect(resentSchema.parse(answer.body)).toEqual({
      id: ID,
      state: "sent",
      planned: true,
      route: "telegram-gateway",
    });
    expect(bundle.answered[0]).toMatchObject({ code: "planned", deliveryId: ID, intake: false });
  });

  it("names it also when a worker has begun it already", async () => {
    const begun = { ...first, ...next, intentAt: NOW, state: "sending" } as const;
    const answer = await resend(changing(sent, { ...sent, attempts: [first, begun] }, "attempt"));
    expect(answer.body).toMatchObject({ planned: true, route: "telegram-gateway" });
  });

  it("says so when a copy is on its way", async () => {
    const bundle = aBundle({ sandbox: true });
    const answer = await resend(bundle);
    expect(answer.status).toBe(202);
    expect(resentSchema.parse(answer.body)).toEqual({
      id: ID,
      state: "queued",
      planned: false,
      detail: "A copy is on its way already; nothing more is sent for now.",
      sandbox: true,
    });
    expect(bundle.words).toEqual([{ say: "again", id: ID }]);
  });

  const REFUSED: [Resent, Partial<Delivery>, string, string][] = [
    ["used_up", sent, "nothing_to_send", "as often as is allowed"],
    ["too_late", sent, "delivery_over", "Too little of the code's life"],
    ["content_gone", { ...sent, state: "delivered" }, "delivery_over", "send the same text again"],
    ["over", { state: "failed" }, "delivery_over", "send the same text again"],
    ["over", { state: "cancelled", cancelledAt: NOW }, "delivery_over", "send the same text again"],
    ["over", { state: "expired" }, "delivery_over", "ask for a new code"],
    ["over", { state: "unconfirmed" }, "delivery_over", "ask for a new code"],
    ["over", { ...sent, state: "verified" }, "delivery_over", "was entered already"],
    ["attempt", { ...sent, cancelledAt: NOW }, "delivery_over", "cancelled when a message was out"],
    ["attempt", { ...sent, deadlineAt: NOW }, "delivery_over", "Too little of the code's life"],
  ];
  it.each(REFUSED)("%s with %o is 409 and says what to do", async (resent, delivery, code, words) => {
    const answer = await resend(changing(delivery, delivery, resent));
    expect(problemSchema.parse(answer.body)).toMatchObject({ status: 409, code });
    expect(answer.body["detail"]).toContain(words);
  });

  it.each(["{}", " { } ", ""])("takes the body %j", async (body) => {
    expect((await resend(aBundle(), { method: "POST", headers: { authorization }, body })).status).toBe(202);
  });

  it.each<[unknown, number, string]>([
    ["{", 400, "invalid_json"],
    ["null", 400, "invalid_request"],
    [[], 400, "invalid_request"],
    [{ route: "telegram-gateway" }, 400, "invalid_request"],
    ["x".repeat(2_000), 413, "body_too_large"],
  ])("refuses the body %j", async (body, status, code) => {
    const bundle = aBundle();
    const answer = await resend(bundle, aRequest(body));
    expect(problemSchema.parse(answer.body)).toMatchObject({ status, code });
    expect(bundle.words).toEqual([]);
  });

  it("is not there for another client or under another id, and asks for a key", async () => {
    const bundle = aBundle();
    const other = aRequest({}, { authorization: "Bearer other.s3cr3t-of-other" });
    expect((await resend(bundle, other)).status).toBe(404);
    expect((await resend(bundle, aRequest({}), ID.replace(/1$/, "2"))).status).toBe(404);
    expect((await resend(bundle, { method: "POST" })).status).toBe(401);
    expect(bundle.words).toEqual([]);
  });

  it("is 404 when the delivery goes while it is asked", async () => {
    let reads = 0;
    const load = async () => (reads++ === 0 ? { delivery: aDelivery(sent), version: 1 } : undefined);
    const answer = await resend(aBundle({ load, sendAgain: async () => "attempt" }));
    expect([answer.status, answer.body["code"]]).toEqual([404, "not_found"]);
  });
});

describe("DELETE /v1/deliveries/{id}", () => {
  it("cancels what was not sent", async () => {
    let now: Partial<Delivery> = {};
    const bundle = aBundle({
      load: async () => ({ delivery: aDelivery(now), version: 1 }),
      cancel: async () => {
        now = { state: "cancelled", cancelledAt: NOW };
        return "cancelled";
      },
    });
    for (const _again of [1, 2]) {
      const answer = await remove(bundle);
      expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
      expect(cancelledSchema.parse(answer.body)).toEqual({
        id: ID,
        state: "cancelled",
        outcome: "cancelled",
      });
    }
    expect(bundle.answered.map(({ code }) => code)).toEqual(["cancelled", "cancelled"]);
  });

  it("stops what a provider has already", async () => {
    const load = async () => ({ delivery: aDelivery({ ...sent, cancelledAt: NOW }), version: 1 });
    const answer = await remove(aBundle({ load, sandbox: true }));
    expect(cancelledSchema.parse(answer.body)).toEqual({
      id: ID,
      state: "sent",
      outcome: "stopped",
      sandbox: true,
    });
  });

  it("of one that has ended is 409 with its end", async () => {
    const load = async () => ({ delivery: aDelivery({ state: "delivered" }), version: 1 });
    const answer = await remove(aBundle({ load, cancel: async () => "over" }));
    expect(problemSchema.parse(answer.body)).toMatchObject({ status: 409, code: "delivery_over" });
    expect(answer.body["detail"]).toContain("ended as delivered");
  });

  it("is not there for another client or under another id, and asks for a key", async () => {
    const bundle = aBundle();
    expect((await remove(bundle, { authorization: "Bearer other.s3cr3t-of-other" })).status).toBe(404);
    expect((await remove(bundle, { authorization }, ID.replace(/1$/, "2"))).status).toBe(404);
    expect((await remove(bundle, { authorization: "" })).status).toBe(401);
    expect(bundle.words).toEqual([]);
  });
});
