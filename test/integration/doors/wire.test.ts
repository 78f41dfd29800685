import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aDoorsBundle, type DoorsBundle } from "../../support/doors-bundle.ts";
import { aNumber } from "../../support/store-bundle.ts";
import { exchange } from "../../support/wire.ts";

let bundle: DoorsBundle;
beforeAll(async () => {
  bundle = await aDoorsBundle();
});
afterAll(() => bundle.close());

const key = () => `cloud.${bundle.target.secret}`;
const ask = (start: string, headers: Record<string, string> = {}, body: string | Buffer = "") => {
  const length = body.length === 0 ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const all = { Host: "otp.example.org", ...headers, ...length };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${start} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
  return exchange(bundle.target.port, Buffer.concat([head, Buffer.from(body)]));
};
const query = (to: string, text = "482913") => `to=${encodeURIComponent(to)}&text=${text}&key=${key()}`;
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

describe("bytes that no driver sends", () => {
  test.each([
    ["a half escape", "482913%"],
    ["no hex", "482913%ZZ"],
    ["Latin-1", "482913%FC"],
    ["an overlong slash", "482913%C0%AF"],
    ["half a pair", "482913%ED%A0%80"],
    ["a NUL", "482913%00"],
    ["a line break", "482913%0D%0AX: y"],
  ])("%s in the query is 400", async (_name, text) => {
    const answer = await ask(`GET /compat/sms?${query(aNumber(), text.replaceAll(" ", "%20"))}`);
    expect(answer.status).toBe(400);
    expect(answer.body).not.toContain("482913");
  });

  test.each(["//compat//sms", "/compat/sms/", "/compat/./sms", "/x/../compat/sms"])(
    "%s is answered where it is, without a redirect",
    async (path) => {
      const answer = await ask(`GET ${path}?${query(aNumber())}`);
      expect([answer.status, answer.header("location")]).toEqual([200, undefined]);
    },
  );

  test("a query beyond the headers' bound is refused by the server itself", async () => {
    const answer = await ask(`GET /compat/sms?${query(aNumber(), "9".repeat(9_000))}`);
    expect(answer.status).toBe(431);
  });

  test("a body beyond its bound is 413, also when its length is not said", async () => {
    const body = `${query(aNumber())}&x=${"y".repeat(9_000)}`;
    expect((await ask("POST /compat/sms", FORM, body)).status).toBe(413);
    const head = `POST /compat/sms HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM["Content-Type"]}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunked = `${head}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    expect((await exchange(bundle.target.port, chunked)).status).toBe(413);
  });

  test("a body of another kind is 415", async () => {
    const gzip = { ...FORM, "Content-Encoding": "gzip" };
    expect((await ask("POST /compat/sms", gzip, query(aNumber()))).status).toBe(415);
    const parts = { "Content-Type": "multipart/form-data; boundary=x" };
    expect((await ask("POST /compat/sms", parts, query(aNumber()))).status).toBe(415);
    expect((await ask("POST /compat/sms", {}, query(aNumber()))).status).toBe(415);
  });

  test("a body that is half in the query is whole, a name in both is not", async () => {
    const to = aNumber();
    const half = `to=${encodeURIComponent(to)}`;
    const rest = `text=482913&key=${key()}`;
    expect((await ask(`POST /compat/sms?${half}`, FORM, rest)).status).toBe(200);
    expect((await bundle.newest()).recipient).toBe(to);
    expect((await ask(`POST /compat/sms?${half}`, FORM, `${half}&${rest}`)).status).toBe(400);
  });

  test("HEAD sends nothing, OPTIONS neither, and both answer", async () => {
    const before = (await bundle.flows.counts())["accepted"] ?? 0;
    const head = await ask(`HEAD /compat/sms?${query(aNumber())}`);
    const options = await ask(`OPTIONS /compat/sms?${query(aNumber())}`);
    expect([head.status, options.status, options.header("allow")]).toEqual([405, 204, "GET, POST, OPTIONS"]);
    expect((await bundle.flows.counts())["accepted"] ?? 0).toBe(before);
  });

  test("one address that keeps sending wrong keys is slowed, the right key never is", async () => {
    const wrong = (n: number) => ask(`GET /compat/sms?to=1&text=1&key=cloud.wrong${n}`);
    for (let n = 0; n < 5; n++) expect((await wrong(n)).status).toBe(401);
    const slowed = await wrong(5);
    expect([slowed.status, Number(slowed.header("retry-after")) > 0]).toEqual([429, true]);
    expect((await ask(`GET /compat/sms?${query(aNumber())}`)).status).toBe(200);
  });
});

test("nothing of all this became a fault or a line with a secret", () => {
  expect(bundle.faults).toEqual([]);
  expect(JSON.stringify(bundle.answered)).not.toMatch(/482913|4915\d{6}/);
  expect(JSON.stringify(bundle.answered)).not.toContain(bundle.target.secret);
});
