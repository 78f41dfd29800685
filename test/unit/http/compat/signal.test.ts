import { describe, expect, it } from "vitest";
import { StoreUnavailable } from "../../../../src/flows/ports.ts";
import { aBundle, CODE, KEY, NOW, NUMBER, read } from "../bundle.ts";

type Bundle = ReturnType<typeof aBundle>;
const BASE = `/compat/key/${KEY}/signal`;
const TEXT = `${CODE} is your Nextcloud authentication code`;

const post = (bundle: Bundle, path: string, body: unknown, headers: Record<string, string> = {}) =>
  read(
    bundle.app.request(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
  );
const get = (bundle: Bundle, path: string) => read(bundle.app.request(path));

describe("the Signal front end", () => {
  it("has no JSON-RPC, and says so without a key", async () => {
    const answer = await post(aBundle(), `${BASE}/api/v1/rpc`, {
      jsonrpc: "2.0",
      method: "version",
      id: "1",
    });
    expect(answer.status).toBe(404);
  });

  it("about offers both versions, whatever the key", async () => {
    for (const base of [BASE, "/compat/key/nobody.x/signal", "/compat/signal"]) {
      const answer = await get(aBundle(), `${base}/v1/about`);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ versions: ["v1", "v2"], mode: "normal" });
    }
  });

  it.each([
    ["a string", NUMBER],
    ["a list of one", [NUMBER]],
    ["bare digits, as a group id could be", NUMBER.slice(1)],
  ])("v2 takes %s and answers 201 with a timestamp in ms", async (_how, recipients) => {
    const bundle = aBundle();
    const answer = await post(bundle, `${BASE}/v2/send`, { recipients, message: TEXT, number: "x" });
    expect([answer.status, answer.body]).toEqual([201, { timestamp: String(NOW) }]);
    expect(bundle.accepted).toMatchObject([{ recipient: NUMBER, door: "signal", purpose: "login" }]);
  });

  it("v1 takes the number from the path, encoded or not", async () => {
    const bundle = aBundle();
    for (const to of [NUMBER, encodeURIComponent(NUMBER), "0171%20000/00000", "0171//00000000"]) {
      expect((await post(bundle, `${BASE}/v1/send/${to}`, { message: TEXT })).status).toBe(201);
    }
    expect(bundle.accepted.map(({ recipient }) => recipient)).toEqual(Array(4).fill(NUMBER));
  });

  it.each([
    ["whole key", `cloud:${KEY}`],
    ["secret", "cloud:s3cr3t-of-cloud"],
    ["whole key as user", `${KEY}:`],
  ])("user information is taken with the %s", async (_how, pair) => {
    const authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
    const answer = await post(
      aBundle(),
      "/compat/signal/v2/send",
      { recipients: NUMBER, message: TEXT },
      { authorization },
    );
    expect(answer.status).toBe(201);
  });

  const REFUSED: [name: string, path: string, body: unknown][] = [
    ["a wrong key", "/compat/key/cloud.wrong/signal/v2/send", { recipients: NUMBER, message: TEXT }],
    ["no key", "/compat/signal/v2/send", { recipients: NUMBER, message: TEXT }],
    ["a group", `${BASE}/v2/send`, { recipients: "c2VjcmV0IGdyb3Vw", message: TEXT }],
    ["several numbers", `${BASE}/v2/send`, { recipients: [NUMBER, NUMBER], message: TEXT }],
    ["no number", `${BASE}/v2/send`, { message: TEXT }],
    ["no text", `${BASE}/v2/send`, { recipients: NUMBER }],
    ["no JSON", `${BASE}/v2/send`, `{"recipients":"${NUMBER}"`],
    ["a list", `${BASE}/v2/send`, [NUMBER]],
  ];
  it.each(REFUSED)("refuses %s with 200 and one sentence", async (_name, path, body) => {
    const bundle = aBundle();
    const answer = await post(bundle, path, body);
    expect([answer.status, Object.keys(answer.body)]).toEqual([200, ["error"]]);
    expect(answer.body["error"]).toMatch(/^[A-Z][^\n]*\.$/);
    expect(answer.raw).not.toMatch(/482913|17100000000|s3cr3t/);
    expect(answer.headers.get("www-authenticate")).toBeNull();
    expect(bundle.accepted).toEqual([]);
  });

  it("limits, a store that is away and faults of ours are 200 with an error as well", async () => {
    const limit = { kind: "refused", code: "recipient_limit", retryAfterMs: 5_000 } as const;
    const accepts = [
      () => Promise.reject(new StoreUnavailable("gone")),
      () => Promise.reject(new Error("bug")),
      async () => limit,
    ];
    for (const accept of accepts) {
      const answer = await post(aBundle({ accept }), `${BASE}/v2/send`, {
        recipients: NUMBER,
        message: TEXT,
      });
      expect([answer.status, Object.keys(answer.body)]).toEqual([200, ["error"]]);
    }
  });

  it("the setup wizard finds an account that is nobody's, and hears of a wrong key", async () => {
    const accounts = await get(aBundle(), `${BASE}/v1/accounts`);
    expect(JSON.parse(accounts.raw)).toEqual(["+99900000000"]);
    const contact = await get(aBundle(), `${BASE}/v1/contacts/+99900000000/+99900000000`);
    expect(contact.body).toMatchObject({ number: "+99900000000" });
    expect((await get(aBundle(), `${BASE}/v1/qrcodelink/raw`)).body).toHaveProperty("error");
    for (const path of ["accounts", "contacts/1/1", "qrcodelink/raw"]) {
      const answer = await get(aBundle(), `/compat/signal/v1/${path}`);
      expect([answer.status, Object.keys(answer.body)]).toEqual([200, ["error"]]);
    }
  });
});
