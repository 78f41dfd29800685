import { describe, expect, it } from "vitest";
import { z } from "zod";
import { publicRoutes } from "../../../src/http/app.ts";
import { deliveryRequestSchema } from "../../../src/http/delivery-request.ts";
import { createOpenApi, type OpenApiDocument } from "../../../src/http/openapi.ts";
import { numberOutcomeRequestSchema, outcomeRequestSchema } from "../../../src/http/outcome.ts";
import { refusalsRequestSchema } from "../../../src/http/refusals.ts";
import { CLIENT_EVENTS, TEST_EVENT } from "../../../src/core/client-event.ts";
import {
  eventSchema,
  problemSchema,
  readinessSchema,
  testEventSchema,
} from "../../../src/http/view-schema.ts";
import { aBundle, read, TOKEN } from "./bundle.ts";

describe("the public listener", () => {
  it.each([
    ["GET", "/v1/deliveries", "POST"],
    ["PUT", "/v1/deliveries/1", "GET, HEAD, DELETE"],
    ["GET", "/v1/deliveries/1/resend", "POST"],
    ["DELETE", "/v1/deliveries/1/outcome", "POST"],
    ["GET", "/v1/outcomes", "POST"],
    ["PUT", "/compat/playsms", "GET, POST"],
    ["GET", "/compat/signal/v1/send/0171/1234", "POST"],
    ["PUT", "/api/balance", "GET, HEAD, POST"],
    ["PUT", `/reports/seven/${TOKEN}`, "GET, POST"],
    ["POST", "/readyz", "GET, HEAD"],
  ])("%s %s is 405 and names what is allowed", async (method, path, allow) => {
    const answer = await read(aBundle().app.request(path, { method }));
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, allow]);
    expect(problemSchema.parse(answer.body).code).toBe("method_not_allowed");
  });

  it("OPTIONS says what there is and grants no other site anything", async () => {
    const answer = await read(aBundle().app.request("/v1/deliveries", { method: "OPTIONS" }));
    expect([answer.status, answer.headers.get("allow")]).toEqual([204, "POST, OPTIONS"]);
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it("an unknown path is a problem too, and is logged without the path", async () => {
    const bundle = aBundle();
    const answer = await read(bundle.app.request("/wp-login.php?x=1"));
    expect([answer.status, problemSchema.parse(answer.body).code]).toEqual([404, "not_found"]);
    expect(JSON.stringify(bundle.answered)).not.toContain("wp-login");
  });

  it("a method of the caller's own making does not become a label", async () => {
    const bundle = aBundle();
    await bundle.app.request("/livez", { method: "N4917100000000" });
    expect(bundle.answered[0]?.method).toBe("other");
  });

  it("leads a browser to the reference", async () => {
    const answer = await read(aBundle().app.request("/"));
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/docs"]);
  });
});

describe("health", () => {
  it("livez asks nobody", async () => {
    const readiness = () => Promise.reject(new Error("must not be asked"));
    expect((await aBundle({ readiness }).app.request("/livez")).status).toBe(200);
  });

  it("readyz says each check in words", async () => {
    const answer = await read(aBundle().app.request("/readyz"));
    expect(answer.status).toBe(200);
    expect(readinessSchema.parse(answer.body)).toEqual({
      ready: true,
      draining: false,
      checks: { redis: "ok, 1 ms" },
    });
  });

  it.each([
    [{ ready: false, checks: { redis: { ok: false, why: "refused" } } }, { redis: "not ok: refused" }],
    [{ ready: false, checks: { redis: { ok: false } } }, { redis: "not ok: no answer" }],
    [{ ready: true, draining: true, checks: {} }, {}],
  ])("readyz is 503 for %o", async (readiness, checks) => {
    const answer = await read(aBundle({ readiness: async () => readiness }).app.request("/readyz"));
    expect([answer.status, answer.body["ready"], answer.body["checks"]]).toEqual([503, false, checks]);
  });

  it("readyz stays ready for what is only worse than usual", async () => {
    const checks = { routes: { ok: true, why: "all circuits are open" } };
    const answer = await read(
      aBundle({ readiness: async () => ({ ready: true, checks }) }).app.request("/readyz"),
    );
    expect([answer.status, readinessSchema.parse(answer.body)]).toEqual([
      200,
      { ready: true, draining: false, checks: { routes: "degraded: all circuits are open" } },
    ]);
  });

  it("readyz is 503 when a check hangs or breaks", async () => {
    const hangs = aBundle({ readiness: () => new Promise(() => undefined) });
    expect((await hangs.app.request("/readyz")).status).toBe(503);
    const breaks = aBundle({ readiness: () => Promise.reject(new Error("x")) });
    expect((await breaks.app.request("/readyz")).status).toBe(503);
  });
});

describe("the OpenAPI document", () => {
  const document = createOpenApi({ version: "1.2.3", publicUrl: undefined });

  it("is what /openapi.json serves", async () => {
    const bundle = aBundle();
    const answer = await read(bundle.app.request("/openapi.json"));
    expect(answer.body).toEqual(JSON.parse(JSON.stringify(createOpenApi(bundle.deps))));
  });

  it("describes every route, and nothing that is not there", () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = publicRoutes(aBundle().deps).map(
      ({ method, path }) => `${method} ${path.replaceAll(/:([a-z]+)/g, "{$1}")}`,
    );
    // Front ends speak other services' words; docs/front-ends.md is their page.
    const own = served.filter((call) => !/ \/(compat|api)\//.test(call) || described.includes(call));
    expect(described.toSorted()).toEqual(own.toSorted());
  });

  it("has references that lead somewhere, and unique operation ids", () => {
    const names = refs(document);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(Object.keys(document.components.schemas)).toContain(name);
    const ids = Object.values(document.paths).flatMap((m) => Object.values(m).map((o) => o.operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("names every parameter of a path", () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      const inPath = [...path.matchAll(/\{([a-z]+)\}/g)].map((m) => m[1]);
      for (const { parameters = [] } of Object.values(methods)) {
        expect(parameters.filter((p) => p.in === "path").map((p) => p.name)).toEqual(inPath);
      }
    }
  });

  it("has problem examples that fit the problem schema", () => {
    const examples = Object.values(document.paths)
      .flatMap((methods) => Object.values(methods))
      .flatMap(({ responses }) => Object.values(responses))
      .flatMap((r) => Object.values(r.content?.["application/problem+json"]?.examples ?? {}));
    expect(examples.length).toBeGreaterThan(30);
    for (const { value } of examples) expect(problemSchema.safeParse(value).success).toBe(true);
  });

  it("says what busy, over and nothing to send are answered with", () => {
    const { paths } = document;
    const codes = (path: string, method: string, status: number) =>
      Object.keys(
        paths[path]?.[method]?.responses[status]?.content?.["application/problem+json"]?.examples ?? {},
      );
    expect(codes("/v1/deliveries", "post", 503)).toEqual(["unavailable", "busy"]);
    expect(codes("/v1/deliveries/{id}/resend", "post", 409)).toEqual(["nothing_to_send", "delivery_over"]);
    expect(codes("/v1/deliveries/{id}/outcome", "post", 409)).toEqual(["delivery_over"]);
    expect(codes("/v1/deliveries/{id}", "delete", 409)).toEqual(["delivery_over"]);
    expect(codes("/v1/outcomes", "post", 404)).toEqual(["not_found"]);
    expect(paths["/v1/deliveries"]?.["post"]?.responses["503"]?.headers).toHaveProperty("Retry-After");
  });

  it("has request examples that their parsers take", () => {
    const parsers = new Map<unknown, z.ZodType>([
      ["#/components/schemas/DeliveryRequest", deliveryRequestSchema],
      ["#/components/schemas/OutcomeRequest", outcomeRequestSchema],
      ["#/components/schemas/NumberOutcomeRequest", numberOutcomeRequestSchema],
      ["#/components/schemas/RefusalsRequest", refusalsRequestSchema],
      [undefined, z.strictObject({})],
    ]);
    const bodies = Object.values(document.paths)
      .flatMap((methods) => Object.values(methods))
      .flatMap(({ requestBody }) => Object.values(requestBody?.content ?? {}));
    expect(bodies).toHaveLength(5);
    for (const { schema, examples } of bodies) {
      for (const { value } of Object.values(examples ?? {})) {
        expect(parsers.get(schema["$ref"])?.safeParse(value).success).toBe(true);
      }
    }
  });

  it("describes every event with an example that fits its shape", () => {
    const names = [...CLIENT_EVENTS, TEST_EVENT];
    expect(Object.keys(document.webhooks)).toEqual(names);
    for (const name of names) {
      const examples = document.webhooks[name]?.post.requestBody?.content["application/json"]?.examples;
      const shape = name === TEST_EVENT ? testEventSchema : eventSchema;
      expect(shape.parse(examples?.["body"]?.value).type).toBe(name);
    }
  });

  it("says that exactly one of code and text is sent", () => {
    expect(document.components.schemas["DeliveryRequest"]).toMatchObject({
      additionalProperties: false,
      required: ["to"],
      oneOf: [{ required: ["code"] }, { required: ["text"] }],
    });
  });
});

function refs(document: OpenApiDocument): string[] {
  return [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([A-Za-z]+)"/g)].map(
    (m) => m[1]!,
  );
}

describe("the reference for people", () => {
  it("names every path and loads nothing from elsewhere", async () => {
    const answer = await read(aBundle().app.request("/docs"));
    expect(answer.status).toBe(200);
    for (const path of Object.keys(createOpenApi({ version: "1", publicUrl: undefined }).paths)) {
      expect(answer.raw).toContain(`<code>${path}</code>`);
    }
    expect(answer.raw).not.toMatch(/<script|(src|href)="(https?:)?\/\//);
    expect(answer.raw).toContain('name="viewport"');
    expect(answer.raw).toContain("prefers-color-scheme:dark");
  });

  it("has a policy whose hash is that of its own style sheet", async () => {
    const answer = await read(aBundle().app.request("/docs"));
    const style = /<style>([\s\S]*?)<\/style>/.exec(answer.raw)?.[1] ?? "";
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    expect(answer.headers.get("content-security-policy")).toContain(
      `'sha256-${Buffer.from(digest).toString("base64")}'`,
    );
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  });
});
