import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeBlocks, readPage, ROOT } from "../../support/readme.ts";
import { aBundle, aRequest } from "../http/bundle.ts";

type Rendered = {
  jsonnet: string;
  cases: { ctx: { template_type: string }; body: Record<string, unknown> }[];
};

/** What an evaluator made of the page's Jsonnet, once; a change of the page asks for it to be made again. */
const rendered = JSON.parse(
  readFileSync(join(ROOT, "test/support/kratos-rendered.json"), "utf8"),
) as Rendered;

describe("the Jsonnet for Ory Kratos", () => {
  it("is the one that was evaluated", () => {
    const blocks = codeBlocks(readPage("docs/identity-providers.md"));
    expect(blocks.filter(({ language }) => language === "jsonnet").map(({ text }) => text)).toEqual([
      rendered.jsonnet,
    ]);
  });

  it.each(rendered.cases.map(({ ctx, body }, n) => [n, ctx.template_type, body] as const))(
    "case %i, %s, makes a request that is taken",
    async (_n, _type, body) => {
      const bundle = aBundle();
      expect((await bundle.app.request("/v1/deliveries", aRequest(body))).status).toBe(202);
      const [request] = bundle.accepted;
      expect(request).toMatchObject({
        recipient: "+4915112345678",
        purpose: body["code"] ? "login" : "enrolment",
      });
      expect(request?.content.code).toMatch(/^\d{5,8}$/);
      expect(request?.validForMs).toBe(body["validForMs"] ?? 300_000);
    },
  );
});
