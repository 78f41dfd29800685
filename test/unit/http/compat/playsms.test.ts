import { describe, expect, it } from "vitest";
import { StoreUnavailable } from "../../../../src/flows/ports.ts";
import { playsmsAnswerSchema, playsmsErrorSchema } from "../../../../src/http/view-schema.ts";
import { aBundle, aDelivery, CODE, ID, KEY, NOW, NUMBER, read } from "../bundle.ts";

type Bundle = ReturnType<typeof aBundle>;
type Query = Record<string, string>;

const TEXT = `${CODE} is your Nextcloud authentication code`;
const GOOD: Query = { app: "ws", op: "pv", u: "cloud", h: "s3cr3t-of-cloud", to: NUMBER, msg: TEXT };

const get = (bundle: Bundle, query: Query | string, path = "/compat/playsms", init: RequestInit = {}) => {
  const search = typeof query === "string" ? query : new URLSearchParams(query).toString();
  return read(bundle.app.request(`http://otp.example.org${path}?${search}`, init));
};

describe("the playSMS front end", () => {
  it.each([
    "/compat/playsms",
    "/compat/playsms/",
    "//compat/playsms",
    "/compat//playsms//",
    "/compat/playsms/index.php",
    "/compat/playsms//index.php",
    "/compat/playsms/index.php/",
  ])("answers at %s", async (path) => {
    const bundle = aBundle();
    const answer = await get(bundle, GOOD, path);
    expect(answer.status).toBe(200);
    expect(playsmsAnswerSchema.parse(answer.body)).toEqual({
      data: [{ status: "OK", error: "0", smslog_id: ID, queue: ID, to: NUMBER }],
      error_string: null,
      timestamp: NOW / 1000,
    });
    expect(bundle.accepted).toEqual([
      expect.objectContaining({ recipient: NUMBER, content: { code: CODE, text: TEXT }, purpose: "login" }),
    ]);
  });

  it("takes the whole key as password and parameters that real playSMS knows", async () => {
    const bundle = aBundle();
    expect((await get(bundle, { ...GOOD, h: KEY, from: "x", unicode: "1" })).status).toBe(200);
  });

  const REFUSED: [name: string, query: Query | string, status: number, error: string][] = [
    ["no parameters", "", 400, "101"],
    ["an unknown operation", { ...GOOD, op: "bc" }, 400, "101"],
    ["an unknown application", { ...GOOD, app: "x" }, 400, "101"],
    ["a wrong password", { ...GOOD, h: "wrong" }, 401, "100"],
    ["no user", { ...GOOD, u: "" }, 401, "100"],
    ["no number", { ...GOOD, to: "" }, 400, "201"],
    ["no text", { ...GOOD, msg: " " }, 400, "201"],
    ["several numbers", { ...GOOD, to: `${NUMBER},${NUMBER}` }, 400, "201"],
    ["a name", { ...GOOD, to: "anna" }, 400, "201"],
    ["a direction change", { ...GOOD, msg: `\u202E${TEXT}` }, 400, "201"],
    ["a doubled parameter", `${new URLSearchParams(GOOD).toString()}&to=%2B49`, 400, "102"],
  ];
  it.each(REFUSED)("refuses %s with an error status", async (_name, query, status, error) => {
    const bundle = aBundle();
    const answer = await get(bundle, query);
    expect([answer.status, answer.body["error"]]).toEqual([status, error]);
    expect(playsmsErrorSchema.parse(answer.body).status).toBe("ERR");
    expect(answer.raw).not.toMatch(/482913|17100000000|s3cr3t/);
    expect(bundle.accepted).toEqual([]);
  });

  it("a store that is away and a limit are errors with a wait", async () => {
    const away = await get(aBundle({ accept: () => Promise.reject(new StoreUnavailable("gone")) }), GOOD);
    expect([away.status, away.body["error"], away.headers.get("retry-after")]).toEqual([503, "200", "8"]);
    const refusal = { kind: "refused", code: "recipient_limit", retryAfterMs: 5_000 } as const;
    const limited = await get(aBundle({ accept: async () => refusal }), GOOD);
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "5"]);
  });

  it("full lines are 503 with a wait", async () => {
    const refusal = { kind: "refused", code: "busy", retryAfterMs: 12_300 } as const;
    const answer = await get(aBundle({ accept: async () => refusal }), GOOD);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "13"]);
    expect(playsmsErrorSchema.parse(answer.body).error).toBe("200");
  });

  it("a wrong key is answered in this front end's own words", async () => {
    const { error_string: said } = playsmsErrorSchema.parse((await get(aBundle(), { ...GOOD, h: "x" })).body);
    expect(said).toMatch(/as u.* as h\./);
    expect(said).not.toContain("Bearer");
  });

  it("HEAD does not send", async () => {
    const bundle = aBundle();
    const answer = await get(bundle, GOOD, "/compat/playsms", { method: "HEAD" });
    expect([answer.status, answer.headers.get("allow"), bundle.accepted]).toEqual([405, "GET", []]);
  });

  it("a form in the body keeps the key out of the address", async () => {
    const bundle = aBundle();
    const body = new URLSearchParams(GOOD);
    const answer = await read(bundle.app.request("/compat/playsms/index.php", { method: "POST", body }));
    expect([answer.status, bundle.accepted.length]).toEqual([200, 1]);
    const twice = await read(bundle.app.request("/compat/playsms?op=pv", { method: "POST", body }));
    expect([twice.status, twice.body["error"]]).toEqual([400, "102"]);
  });

  it("a wish to be sent later is refused rather than passed over", async () => {
    const answer = await get(aBundle(), { ...GOOD, schedule: "2026-01-05 12:00:00" });
    expect([answer.status, answer.body["error"]]).toEqual([400, "102"]);
  });

  const STATES = [
    ["queued", "0"],
    ["sending", "0"],
    ["sent", "1"],
    ["unconfirmed", "1"],
    ["failed", "2"],
    ["expired", "2"],
    ["cancelled", "2"],
    ["delivered", "3"],
    ["verified", "3"],
  ] as const;
  it.each(STATES)("ds tells %s as status %s, without number and text", async (state, status) => {
    const load = async () => ({ delivery: aDelivery({ state, endedAt: NOW + 65_000 }), version: 1 });
    const query = { app: "ws", op: "ds", u: "cloud", h: KEY, smslog_id: ID };
    const answer = await get(aBundle({ load }), query);
    const [dt, update] = ["2026-01-05 10:00:00", "2026-01-05 10:01:05"];
    const row = { smslog_id: ID, src: "", dst: "+49*********00", msg: "", dt, update, status };
    expect([answer.status, answer.body]).toEqual([200, { data: [row], error_string: null }]);
  });

  it("ds knows a message by queue too, and no other client's", async () => {
    const ask = (query: Query) => get(aBundle(), { app: "ws", op: "ds", ...query });
    expect((await ask({ u: "cloud", h: KEY, queue: ID })).status).toBe(200);
    const theirs = await ask({ u: "other", h: "s3cr3t-of-other", smslog_id: ID });
    expect([theirs.status, theirs.body["error"]]).toEqual([404, "400"]);
    const unnamed = await ask({ u: "cloud", h: KEY });
    expect([unnamed.status, unnamed.body["error"]]).toEqual([400, "102"]);
    expect((await ask({ u: "cloud", h: "wrong", smslog_id: ID })).status).toBe(401);
  });

  it("cr tells the provider's credit, or that nobody knows it", async () => {
    const query = { app: "ws", op: "cr", u: "cloud", h: KEY };
    const answer = await get(aBundle(), query);
    expect(answer.body).toEqual({ status: "OK", error: "0", credit: "41.25", error_string: null });
    const unknown = await get(aBundle({ balance: async () => undefined }), query);
    expect([unknown.status, unknown.body["error"], unknown.headers.get("retry-after")]).toEqual([
      503,
      "200",
      "30",
    ]);
    const bundle = aBundle();
    await get(bundle, query);
    await get(bundle, { ...query, op: "pv" });
    expect(bundle.answered.map(({ intake }) => intake)).toEqual([false, true]);
    expect((await get(bundle, { ...query, h: "x" })).status).toBe(401);
  });

  it("the query is in no line of the request log", async () => {
    const bundle = aBundle();
    await get(bundle, GOOD);
    await get(bundle, { ...GOOD, h: "wrong" });
    expect(JSON.stringify(bundle.answered)).not.toMatch(/482913|1710000|s3cr3t|wrong|Nextcloud/);
    expect(bundle.answered[0]).toMatchObject({ route: "/compat/playsms", clientId: "cloud", deliveryId: ID });
  });
});
