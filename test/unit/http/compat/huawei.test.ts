import { describe, expect, it } from "vitest";
import { StoreUnavailable } from "../../../../src/flows/ports.ts";
import { aBundle, CODE, KEY, NUMBER, read } from "../bundle.ts";

type Bundle = ReturnType<typeof aBundle>;
type Body = NonNullable<RequestInit["body"]>;
const BASE = `/compat/key/${KEY}/huawei`;
const TEXT = `${CODE} is your Nextcloud authentication code`;
const request = (phone: string, content: string) =>
  `<request><Index>-1</Index><Phones><Phone>${phone}</Phone></Phones><Sca/><Content>${content}</Content><Length>-1</Length><Reserved>1</Reserved><Date>2026-01-05 10:00:00</Date></request>`;

const post = (bundle: Bundle, body: Body, type = "text/xml", base = BASE) =>
  read(
    bundle.app.request(`${base}/sms/send-sms`, { method: "POST", headers: { "content-type": type }, body }),
  );

describe("the Huawei front end", () => {
  it("hands out a session and a token as headers can carry them", async () => {
    const answer = await read(aBundle().app.request(`${BASE}/webserver/SesTokInfo`));
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/xml; charset=utf-8"]);
    expect(answer.raw).toMatch(/<SesInfo>[!-~]+<\/SesInfo><TokInfo>[!-~]+<\/TokInfo>/);
  });

  it("sends what is inside the XML", async () => {
    const bundle = aBundle();
    const answer = await post(
      bundle,
      request("0171 000 00000", "482913 &lt;Nextcloud&gt; &amp;amp; \u201eDu\u201c"),
    );
    expect([answer.status, answer.raw]).toEqual([
      200,
      '<?xml version="1.0" encoding="UTF-8"?><response>OK</response>',
    ]);
    const content = { code: CODE, text: "482913 <Nextcloud> &amp; \u201eDu\u201c" };
    expect(bundle.accepted).toMatchObject([{ recipient: NUMBER, content, door: "huawei" }]);
  });

  const REFUSED: [name: string, body: Body, status: number][] = [
    ["a name", request("anna", TEXT), 400],
    ["no text", request(NUMBER, ""), 400],
    ["two phones", request(`${NUMBER}</Phone><Phone>${NUMBER}`, TEXT), 400],
    ["an element in the text", request(NUMBER, `<b>${TEXT}</b>`), 400],
    ["no XML", "hello", 400],
    ["bytes outside UTF-8", Buffer.from(request(NUMBER, "482913 f\u00FCr"), "latin1"), 400],
    ["too much", request(NUMBER, "x".repeat(9_000)), 413],
  ];
  it.each(REFUSED)("refuses %s", async (_name, body, status) => {
    const bundle = aBundle();
    const answer = await post(bundle, body);
    expect(answer.status).toBe(status);
    expect(answer.raw).toMatch(/<error><code>\d+<\/code><message>[A-Z][^<]*\.<\/message><\/error>$/);
    expect(answer.raw).not.toMatch(/482913|17100000000|s3cr3t/);
    expect(bundle.accepted).toEqual([]);
  });

  it("refuses another form of body, a wrong key, and everything while the store is away", async () => {
    expect((await post(aBundle(), request(NUMBER, TEXT), "application/json")).status).toBe(415);
    const wrong = await post(aBundle(), request(NUMBER, TEXT), "text/xml", "/compat/key/cloud.x/huawei");
    expect([wrong.status, wrong.raw.includes("100003")]).toEqual([401, true]);
    const accept = () => Promise.reject(new StoreUnavailable("gone"));
    expect((await post(aBundle({ accept }), request(NUMBER, TEXT))).status).toBe(503);
  });

  it("takes user information instead of the key in the path", async () => {
    const authorization = `Basic ${Buffer.from(`cloud:${KEY}`).toString("base64")}`;
    const headers = { authorization, "content-type": "application/xml; charset=utf-8" };
    const body = request(NUMBER, TEXT);
    const init = { method: "POST", headers, body };
    expect((await aBundle().app.request("/compat/huawei/sms/send-sms", init)).status).toBe(200);
  });
});
