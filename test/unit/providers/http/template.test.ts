import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { bindRequest } from "../../../../src/providers/http/request.ts";
import { bind, fill, parseTemplate, templateOf } from "../../../../src/providers/http/template.ts";

const none = () => undefined;

describe("a template", () => {
  test.each([
    ["plain", "plain"],
    ["{to}", "+49151"],
    ["a {reference} b {to}", "a ref-1 b +49151"],
    ["{{to}} {to}", "{to} +49151"],
    ["{validForSeconds}", "60"],
    ["{validForSeconds:number}", 60],
    ["{toDigits:number}", 49151],
    ["${NAME}", "value"],
    ["Token ${NAME}!", "Token value!"],
    ["${OTHER:-fallback}", "fallback"],
    ["${NAME:-fallback}", "value"],
    ["", ""],
  ])("%s becomes %j", (text, filled) => {
    const template = bind(templateOf(text), (name) => (name === "NAME" ? "value" : undefined));
    const values = { to: "+49151", toDigits: "49151", reference: "ref-1", validForSeconds: 60 };
    expect(fill(template, values)).toBe(filled);
  });

  test.each(["{sender}", "x {reportUrl}", "${OTHER:-}", "a${OTHER:-}b"])(
    "%s without a value is no field",
    (text) => {
      expect(fill(bind(templateOf(text), none), {})).toBeUndefined();
    },
  );

  test.each([
    ["{nobody}", "there is no placeholder {nobody}"],
    ["{text:number}", "{text} is no number"],
    ["x{toDigits:number}", "a placeholder with :number must stand alone"],
    ["{", "single brace"],
    ["}", "single brace"],
    ["{ to }", "single brace"],
    ["${lower}", "no placeholder"],
    ["{}", "single brace"],
    ["{__proto__}", "single brace"],
    ["{constructor}", "there is no placeholder {constructor}"],
  ])("%s is a fault", (text, fault) => {
    expect(parseTemplate(text)).toEqual({ fault: expect.stringContaining(fault) });
  });

  it("reads a value of the environment as it stands, whatever braces it holds", () => {
    const template = bind(templateOf("${NAME}"), () => "{text} ${OTHER} {{");
    expect(fill(template, { text: "secret" })).toBe("{text} ${OTHER} {{");
  });
});

describe("a request", () => {
  const noAuth = { kind: "none" } as const;
  const body = {
    kind: "json",
    template: { a: { text: "{text}", to: ["{to}", "{sender}"] }, fixed: [1, true, null], from: "{sender}" },
  } as const;

  it("keeps every text inside its own JSON value", () => {
    const request = bindRequest(
      { method: "POST", path: "/x", body: structuredClone(body) as never },
      noAuth,
      none,
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (text, sender) => {
        expect(JSON.parse(request({ to: "+1", text, sender }).body ?? "")).toEqual({
          a: { text, to: ["+1", sender] },
          fixed: [1, true, null],
          from: sender,
        });
      }),
    );
    expect(JSON.parse(request({ to: "+1", text: "t" }).body ?? "")).toEqual({
      a: { text: "t", to: ["+1"] },
      fixed: [1, true, null],
    });
  });

  it("keeps every text inside its own form field", () => {
    const form = { kind: "form", template: { text: "{text}", b: "2", from: "{sender}" } } as const;
    const request = bindRequest({ method: "POST", path: "/x", body: form }, noAuth, none);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const fields = [...new URLSearchParams(request({ text }).body)];
        expect(fields).toEqual([
          ["text", text],
          ["b", "2"],
        ]);
      }),
    );
    expect(request({ text: "a&b=c", sender: "S" }).body).toBe("text=a%26b%3Dc&b=2&from=S");
  });

  it("escapes what goes into the path, of the message and of the environment", () => {
    const path = "/a/${ID}/{id}?ref={reference}";
    const request = bindRequest({ method: "GET", path }, noAuth, () => "x/../y?z");
    const sent = request({ id: "../b?c=d#", reference: "1&2" });
    expect(sent).toEqual({
      method: "GET",
      path: "/a/x%2F..%2Fy%3Fz/..%2Fb%3Fc%3Dd%23?ref=1%262",
      headers: { accept: "application/json" },
    });
  });

  it("authenticates by a header or by Basic, over anything that another header says", () => {
    const env = (name: string) => ({ USER: "me", PASSWORD: "p:w", TOKEN: "t-1" })[name];
    const rules = {
      method: "POST",
      path: "/",
      headers: { Authorization: "${TOKEN}", "X-Ref": "{reference}" },
    } as const;
    const basic = bindRequest(rules, { kind: "basic", user: "${USER}", password: "${PASSWORD}" }, env);
    expect(basic({ reference: "r" }).headers).toEqual({
      accept: "application/json",
      "x-ref": "r",
      authorization: `Basic ${Buffer.from("me:p:w").toString("base64")}`,
    });
    const header = bindRequest(rules, { kind: "header", name: "X-Api-Key", value: "k ${TOKEN}" }, env);
    expect(header({}).headers).toEqual({
      accept: "application/json",
      authorization: "t-1",
      "x-api-key": "k t-1",
    });
  });
});
