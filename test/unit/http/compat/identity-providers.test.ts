import { describe, expect, it } from "vitest";
import { ApiError } from "../../../../src/http/problem.ts";
import {
  supabaseBody,
  supabaseHeaders,
  zitadelBody,
  zitadelSignature,
} from "../../../support/signing-providers.ts";
import { aBundle, CODE, ID, KEY, NOW, NUMBER, read, SIGNING_KEYS } from "../bundle.ts";

const JSON_TYPE = { "content-type": "application/json" };
const bearer = { authorization: `Bearer ${KEY}`, ...JSON_TYPE };
type Bundle = ReturnType<typeof aBundle>;
const post = (bundle: Bundle, path: string, headers: Record<string, string>, body: unknown) =>
  read(
    bundle.app.request(path, {
      method: "POST",
      headers,
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
  );
/** The library that checks hooks looks at the real clock. */
const now = () => Math.floor(Date.now() / 1_000);

describe("authentik", () => {
  it("shows a person one sentence", async () => {
    const accept = async () => ({ kind: "refused", code: "recipient_limit", retryAfterMs: 4_100 }) as const;
    const answer = await post(aBundle({ accept }), "/compat/authentik", bearer, { To: NUMBER, Body: CODE });
    expect([answer.status, answer.headers.get("retry-after"), answer.raw]).toEqual([
      429,
      "5",
      "This recipient was sent too many codes; wait before the next one.",
    ]);
  });

  it("says nothing of keys to a person", async () => {
    const answer = await post(aBundle(), "/compat/authentik", JSON_TYPE, { To: NUMBER, Body: CODE });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([401, "text/plain; charset=utf-8"]);
    expect(answer.raw).toMatch(/^[A-Z][^{}]+\.$/);
    expect(answer.raw).not.toMatch(/\b(key|Bearer|Authorization)\b/i);
  });
});

describe("privacyIDEA", () => {
  it("is asked for a message without a code in a test", async () => {
    const bundle = aBundle();
    const query = new URLSearchParams({ phone: NUMBER, sms: "Dies ist ein Test", key: KEY });
    const answer = await read(bundle.app.request(`/compat/privacyidea?${query.toString()}`));
    expect([answer.status, answer.body]).toEqual([200, { id: ID }]);
    expect(bundle.accepted).toMatchObject([{ recipient: NUMBER, purpose: "test", door: "privacyidea" }]);
  });

  it("that announces JSON and sends a form is refused", async () => {
    const answer = await post(aBundle(), "/compat/privacyidea", bearer, `to=1&text=${CODE}`);
    expect([answer.status, answer.body["code"]]).toEqual([400, "invalid_json"]);
  });
});

describe("Keycloak", () => {
  it("that breaks its JSON by a quotation mark is told so in its log", async () => {
    const answer = await post(
      aBundle(),
      "/compat/keycloak",
      bearer,
      `{"text":"a "b" ${CODE}","to":"${NUMBER}"}`,
    );
    expect([answer.status, answer.body["detail"]]).toEqual([
      400,
      expect.stringContaining("send it as a form"),
    ]);
    expect(answer.raw).not.toContain(CODE);
  });
});

describe("Zitadel", () => {
  const body = zitadelBody(NUMBER, CODE);
  const signed = (header: string, bundle = aBundle(), sent = body) =>
    post(bundle, "/compat/zitadel/cloud", { ...JSON_TYPE, "zitadel-signature": header }, sent);
  const at = NOW / 1_000;

  it.each(SIGNING_KEYS.zitadel)("is taken by %s, with a name for this very request", async (key) => {
    const bundle = aBundle();
    expect((await signed(zitadelSignature(body, at, key), bundle)).body).toEqual({ id: ID });
    expect(bundle.accepted).toMatchObject([
      {
        content: { code: CODE },
        purpose: "login",
        idempotencyKey: expect.stringMatching(/^zitadel-[0-9a-f]{64}$/),
      },
    ]);
  });

  const good = zitadelSignature(body, at, SIGNING_KEYS.zitadel[0] ?? "");
  it.each([
    ["no header", ""],
    ["no signature", `t=${at}`],
    ["no time", good.replace(/^t=\d+,/, "")],
    ["two times", `t=${at - 1},${good}`],
    ["another time", good.replace(String(at), String(at + 1))],
    ["half a signature", good.slice(0, -32)],
    ["another version", good.replace("v1=", "v2=")],
    ["another key", zitadelSignature(body, at, "another-key-of-somebody")],
    ["301 s ago", zitadelSignature(body, at - 301, SIGNING_KEYS.zitadel[0] ?? "")],
    ["301 s ahead", zitadelSignature(body, at + 301, SIGNING_KEYS.zitadel[0] ?? "")],
    ["its ninth signature", `t=${at},${"v1=00,".repeat(8)}${good.split(",")[1]}`],
  ])("is refused with %s", async (_name, header) => {
    const bundle = aBundle();
    expect((await signed(header, bundle)).status).toBe(401);
    expect(bundle.accepted).toEqual([]);
  });

  it("is refused when one byte of the body was changed", async () => {
    expect((await signed(good, aBundle(), body.replace(CODE, "482914"))).status).toBe(401);
  });

  it("that checks a new number asks for an enrolment", async () => {
    const bundle = aBundle();
    const check = body.replace("session.otp.sms.challenged", "user.human.phone.code.added");
    await signed(zitadelSignature(check, at, SIGNING_KEYS.zitadel[0] ?? ""), bundle, check);
    expect(bundle.accepted).toMatchObject([{ purpose: "enrolment" }]);
  });

  it.each(["code", "oTP", "otp"])("names the code in args.%s", async (name) => {
    const bundle = aBundle();
    const sent = { contextInfo: { recipientPhoneNumber: NUMBER }, args: { [name]: CODE } };
    expect((await post(bundle, `/compat/key/${KEY}/zitadel`, JSON_TYPE, sent)).status).toBe(200);
    expect(bundle.accepted).toMatchObject([
      { content: { code: CODE, text: `${CODE} is your verification code.` } },
    ]);
  });

  it.each([[{}], [[]], ["null"], [{ contextInfo: { recipientPhoneNumber: 1 } }], ["{"]])(
    "%j is refused",
    async (sent) => {
      expect((await post(aBundle(), `/compat/key/${KEY}/zitadel`, JSON_TYPE, sent)).status).toBe(400);
    },
  );
});

describe("Supabase Auth", () => {
  const ask = (bundle: Bundle, body: string, headers = supabaseHeaders(body, SIGNING_KEYS.supabase, now())) =>
    post(bundle, "/compat/supabase/cloud?locale=de", headers, body);

  it.each(SIGNING_KEYS.supabase)("is taken by %s, in the language of the address", async (key) => {
    const bundle = aBundle();
    const body = supabaseBody(NUMBER, CODE);
    const answer = await ask(bundle, body, supabaseHeaders(body, [key], now()));
    expect([answer.status, answer.headers.get("content-type"), answer.raw]).toEqual([
      200,
      "application/json",
      "{}",
    ]);
    expect(bundle.accepted).toMatchObject([
      {
        recipient: NUMBER,
        content: { code: CODE, text: `${CODE} ist Ihr Bestätigungscode.` },
        purpose: "login",
      },
    ]);
  });

  it.each(["busy", "recipient_limit"] as const)("is given a Retry-After when it is %s", async (code) => {
    const bundle = aBundle({ accept: async () => ({ kind: "refused", code, retryAfterMs: 3_000 }) });
    const answer = await ask(bundle, supabaseBody(NUMBER, CODE));
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([code === "busy" ? 503 : 429, "3"]);
  });

  it("is given one while the store is away", async () => {
    const accept = async () => {
      throw new ApiError("unavailable", "The store is away.", { retryAfterMs: 5_000 });
    };
    expect((await ask(aBundle({ accept }), supabaseBody(NUMBER, CODE))).headers.get("retry-after")).toBe("5");
  });

  it("each try is a request of its own, and the same try is the same request", async () => {
    const bundle = aBundle();
    const body = supabaseBody(NUMBER, CODE);
    const first = supabaseHeaders(body, SIGNING_KEYS.supabase, now());
    for (const headers of [first, first, supabaseHeaders(body, SIGNING_KEYS.supabase, now())]) {
      expect((await ask(bundle, body, headers)).status).toBe(200);
    }
    const [a, b, c] = bundle.accepted.map(({ idempotencyKey }) => idempotencyKey);
    expect([a === b, a === c]).toEqual([true, false]);
  });

  it("sends to the number that is named, and to none while two are known", async () => {
    const bundle = aBundle();
    const changing = JSON.parse(supabaseBody("+4917100000001", CODE, { new_phone: NUMBER.slice(1) })) as {
      sms: Record<string, string>;
    };
    expect((await ask(bundle, JSON.stringify(changing))).body).toMatchObject({ code: "invalid_recipient" });
    changing.sms["phone"] = NUMBER.slice(1);
    expect((await ask(bundle, JSON.stringify(changing))).status).toBe(200);
    expect(bundle.accepted.map(({ recipient }) => recipient)).toEqual([NUMBER]);
  });

  it.each([
    ["no id", { "Webhook-Id": "" }],
    ["another id", { "Webhook-Id": "msg_1" }],
    ["no time", { "Webhook-Timestamp": "" }],
    ["another time", { "Webhook-Timestamp": String(now() + 2) }],
    ["no signature", { "Webhook-Signature": "" }],
    ["an asymmetric signature", { "Webhook-Signature": "v1a,AAAA" }],
  ])("is refused with %s", async (_name, change) => {
    const bundle = aBundle();
    const body = supabaseBody(NUMBER, CODE);
    const headers = { ...supabaseHeaders(body, SIGNING_KEYS.supabase, now()), ...change };
    expect((await ask(bundle, body, headers)).status).toBe(401);
    expect(bundle.accepted).toEqual([]);
  });

  it("may tell a lot of its user, within a bound", async () => {
    const big = supabaseBody(NUMBER, CODE, { user_metadata: { x: "y".repeat(200_000) } });
    expect((await ask(aBundle(), big)).status).toBe(200);
    const bigger = supabaseBody(NUMBER, CODE, { user_metadata: { x: "y".repeat(300_000) } });
    expect((await ask(aBundle(), bigger)).status).toBe(413);
  });
});
