import { describe, expect, it } from "vitest";
import { problemSchema } from "../../../../src/http/view-schema.ts";
import { aBundle, CODE, ID, KEY, NUMBER, read } from "../bundle.ts";

const TEXT = `${CODE} is your code`;
const query = (more: Record<string, string> = {}) =>
  new URLSearchParams({ to: NUMBER, text: TEXT, ...more }).toString();
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;

describe("the generic front end", () => {
  it.each([
    ["a parameter", { key: KEY }, undefined],
    ["a Bearer token", {}, `Bearer ${KEY}`],
    ["Basic with the secret", {}, basic("cloud:s3cr3t-of-cloud")],
    ["Basic with the whole key", {}, basic(`cloud:${KEY}`)],
    ["Basic with the raw key", {}, `Basic ${KEY}`],
  ])("takes the key as %s", async (_how, more, authorization) => {
    const bundle = aBundle();
    const init = authorization === undefined ? {} : { headers: { authorization } };
    const answer = await read(bundle.app.request(`/compat/sms?${query(more)}`, init));
    expect([answer.status, answer.body]).toEqual([200, { id: ID }]);
    expect(bundle.accepted).toMatchObject([
      { recipient: NUMBER, content: { code: CODE }, purpose: "enrolment", door: "sms" },
    ]);
  });

  it.each([
    ["a form", "application/x-www-form-urlencoded", query()],
    ["JSON", "application/json; charset=utf-8", JSON.stringify({ to: [NUMBER], text: TEXT })],
    ["JSON with a number", "application/json", JSON.stringify({ to: Number(NUMBER.slice(1)), text: TEXT })],
  ])("takes %s", async (_how, type, body) => {
    const bundle = aBundle();
    const headers = { authorization: `Bearer ${KEY}`, "content-type": type };
    expect((await bundle.app.request("/compat/sms", { method: "POST", headers, body })).status).toBe(200);
    expect(bundle.accepted[0]?.recipient).toBe(NUMBER);
  });

  const REFUSED: [name: string, query: string, status: number][] = [
    ["a wrong key", query({ key: "cloud.wrong" }), 401],
    ["no key", query(), 401],
    ["no number", `text=x&key=${KEY}`, 400],
    ["no text", `to=${encodeURIComponent(NUMBER)}&key=${KEY}`, 400],
    ["a doubled parameter", `${query({ key: KEY })}&to=1`, 400],
    ["a bad escape", `${query({ key: KEY })}&x=%ZZ`, 400],
    ["a cut escape", `${query({ key: KEY })}&x=%`, 400],
    ["Latin-1", `to=${encodeURIComponent(NUMBER)}&text=f%FCr&key=${KEY}`, 400],
    ["a NUL", `to=${encodeURIComponent(NUMBER)}&text=a%00b&key=${KEY}`, 400],
    [
      "65 parameters",
      `${query({ key: KEY })}&${Array.from({ length: 62 }, (_, n) => `x${n}`).join("&")}`,
      400,
    ],
  ];
  it.each(REFUSED)("refuses %s", async (_name, sent, status) => {
    const bundle = aBundle();
    const answer = await read(bundle.app.request(`/compat/sms?${sent}`));
    expect(answer.status).toBe(status);
    expect(problemSchema.parse(answer.body).detail).toMatch(/^[A-Z].*\.$/);
    expect(answer.raw).not.toMatch(/482913|17100000000|s3cr3t/);
    expect(bundle.accepted).toEqual([]);
  });

  it("refuses other bodies and bodies that are nested", async () => {
    const headers = { authorization: `Bearer ${KEY}` };
    const post = (type: string, body: string) =>
      aBundle().app.request("/compat/sms", {
        method: "POST",
        headers: { ...headers, "content-type": type },
        body,
      });
    expect((await post("text/plain", query())).status).toBe(415);
    expect((await post("multipart/form-data; boundary=x", query())).status).toBe(415);
    expect((await post("application/json", '{"to":{"a":1},"text":"x"}')).status).toBe(400);
    expect((await post("application/json", '{"to":"1","to":"2"}')).status).toBe(400);
    expect((await post("application/json", "[]")).status).toBe(400);
    expect((await post("application/x-www-form-urlencoded", "x".repeat(9_000))).status).toBe(413);
  });
});
