import { describe, expect, it } from "vitest";
import { StoreUnavailable } from "../../../src/flows/ports.ts";
import { aBundle, read, TOKEN } from "./bundle.ts";

type Bundle = ReturnType<typeof aBundle>;

const PATH = `/reports/seven/${TOKEN}`;
const post = (bundle: Bundle, body: string, headers: Record<string, string> = {}, path = PATH) =>
  read(bundle.app.request(path, { method: "POST", body, headers }));
const form = { "content-type": "application/x-www-form-urlencoded" };

describe("report intake", () => {
  it("puts an authentic report into the queue before it says OK", async () => {
    const bundle = aBundle();
    const answer = await post(bundle, "status=DELIVERED", form);
    expect([answer.status, answer.raw]).toEqual([200, "OK"]);
    expect(bundle.reports).toEqual([
      { provider: "seven", report: expect.objectContaining({ said: "DELIVERED" }) },
    ]);
  });

  it("takes reports by GET, but not by HEAD", async () => {
    const bundle = aBundle();
    expect((await read(bundle.app.request(`${PATH}?status=DELIVERED`))).status).toBe(200);
    expect((await bundle.app.request(`${PATH}?status=DELIVERED`, { method: "HEAD" })).status).toBe(405);
    expect(bundle.reports).toHaveLength(1);
  });

  it("shows the reader the registered address, never the Host of the request", async () => {
    const bundle = aBundle();
    await bundle.app.request(`http://evil.example${PATH}?status=url`, { headers: { host: "evil.example" } });
    expect(bundle.reports[0]?.report.said).toBe(
      `https://otp.example.org/hooks${PATH} /hooks${PATH}?status=url`,
    );
  });

  it.each([
    ["a wrong token", "/reports/seven/0000"],
    ["an unknown provider", `/reports/nobody/${TOKEN}`],
    ["a prototype name", `/reports/__proto__/${TOKEN}`],
  ])("%s is not there", async (_name, path) => {
    const bundle = aBundle();
    expect((await post(bundle, "status=DELIVERED", form, path)).status).toBe(404);
    expect(bundle.reports).toEqual([]);
  });

  it("a provider without a token takes nothing, not even an empty one", async () => {
    const bundle = aBundle({ reportTokens: new Map([["seven", [""]]]) });
    expect((await post(bundle, "status=DELIVERED", form, "/reports/seven/")).status).toBe(404);
    expect((await post(aBundle({ reportTokens: new Map() }), "status=DELIVERED", form)).status).toBe(404);
  });

  it("a bad signature is 503 with an alert and no change, so that a bad rotation loses nothing", async () => {
    const bundle = aBundle();
    const answer = await post(bundle, "status=DELIVERED", { ...form, "x-signature": "bad" });
    expect([answer.status, answer.body["code"]]).toEqual([503, "report_not_authentic"]);
    expect(answer.headers.get("retry-after")).toBe("60");
    expect(bundle.alerts).toEqual([{ kind: "report.unauthentic", provider: "seven" }]);
    expect(bundle.reports).toEqual([]);
  });

  it("an event of another kind is fine, an unreadable one is not", async () => {
    const bundle = aBundle();
    expect((await post(bundle, "status=none", form)).status).toBe(200);
    const answer = await post(bundle, "rubbish", form);
    expect([answer.status, answer.body["code"]]).toEqual([400, "malformed_report"]);
    expect(bundle.reports).toEqual([]);
  });

  it.each([
    [413, "x".repeat(16 * 1024 + 1), form],
    [415, "status=DELIVERED", { "content-type": "multipart/form-data; boundary=x" }],
    [415, "status=DELIVERED", { ...form, "content-encoding": "gzip" }],
  ])("%d for a body that is not taken", async (status, body, headers) => {
    const bundle = aBundle();
    expect((await post(bundle, body, headers)).status).toBe(status);
    expect(bundle.reports).toEqual([]);
  });

  it("a store that is away or hangs is 503, which providers repeat", async () => {
    const away = () => Promise.reject(new StoreUnavailable("gone"));
    expect((await post(aBundle({ enqueueReport: away }), "status=A", form)).status).toBe(503);
    const startedAt = performance.now();
    expect(
      (await post(aBundle({ enqueueReport: () => new Promise(() => undefined) }), "status=A", form)).status,
    ).toBe(503);
    expect(performance.now() - startedAt).toBeLessThan(1_200);
  });

  it("the token is in no line of the request log", async () => {
    const bundle = aBundle();
    await post(bundle, "status=DELIVERED", form);
    expect(JSON.stringify(bundle.answered)).not.toContain(TOKEN);
    expect(bundle.answered[0]?.route).toBe("/reports/:provider/:token");
  });
});
