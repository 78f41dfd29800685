import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { readHttpFile, readHttpFileIn } from "../../../../src/providers/http/read.ts";
import { SHIPPED_FILES } from "../../../support/provider-files.ts";
import { ROOT } from "../../../support/readme.ts";

const TEXT = readFileSync(join(ROOT, "test/conformance/providers/plaudertasche.json"), "utf8");

type Node = Record<string, unknown>;

/** The file with one member changed; undefined takes it out. */
function changed(pointer: string, value: unknown): string {
  const file = JSON.parse(TEXT) as Node;
  const steps = pointer.split("/").slice(1);
  const last = steps.pop()!;
  const parent = steps.reduce<Node>((node, step) => node[step] as Node, file);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return JSON.stringify(file);
}

function faultsOf(text: string): string[] {
  const read = readHttpFile(text);
  return "faults" in read ? read.faults : [];
}

test("the file that the table below spoils is a good one", () => {
  expect(faultsOf(TEXT)).toEqual([]);
});

test.each(SHIPPED_FILES)("%s is a good one", (path) => {
  expect(faultsOf(readFileSync(join(ROOT, path), "utf8"))).toEqual([]);
});

const SIGNATURE = "/reports/signature/secret";

describe("a fault names its place and what is wrong", () => {
  test.each<[string, unknown, string]>([
    ["/name", "Bad Name", "/name: must be 1 to 40 of a-z"],
    ["/channel", "telegram", "/channel: "],
    ["/surprise", 1, "/: there is no field surprise"],
    ["/send/surprise", 1, "/send: there is no field surprise"],
    ["/rate", undefined, "/rate: "],
    ["/rate/perSecond", -1, "/rate/perSecond: "],
    ["/rate/concurrency", 1_000, "/rate/concurrency: "],
    ["/send/path", "messages", "/send/path: must start with /"],
    ["/send/path", "/m?text={text}", "/send/path: {text} may not stand here; allowed: reference"],
    ["/send/path", "/m/{toDigits}", "/send/path: {toDigits} may not stand here"],
    ["/send/path", "/m m", "/send/path: a URL takes printable ASCII"],
    ["/status/path", "/m/{to}", "/status/path: {to} may not stand here; allowed: id, reference"],
    ["/lookUp/path", "/m/{id}", "/lookUp/path: {id} may not stand here"],
    ["/send/headers/X-Text", "{text}", "/send/headers/X-Text: {text} may not stand here"],
    ["/send/headers/X-Api-Key", "sk-123", "/send/headers/X-Api-Key: must come from the environment"],
    ["/send/headers/X-Word", "gr\u00fcn", "/send/headers/X-Word: a header takes printable ASCII"],
    ["/send/headers", { "Bad Name": "x" }, "/send/headers/Bad Name: "],
    ["/send/body/template/text", "{txt}", "/send/body/template/text: there is no placeholder {txt}"],
    ["/send/body/template/text", "x", "/send/body: {text} must stand in it"],
    ["/send/body/template/dst", "x", "/send/body: {to} or {toDigits} must stand in it"],
    ["/send/body/kind", "xml", "/send/body/kind: "],
    ["/send/accepted/statuses", [302], "/send/accepted/statuses/0: "],
    ["/send/accepted", { statuses: [200] }, "/send/accepted: name an id or a condition"],
    ["/send/accepted/id", "uri", "/send/accepted/id: must be a JSON pointer"],
    ["/send/accepted/where/0/matches", "(", "/send/accepted/where/0/matches: must be a regular expression"],
    ["/send/accepted/cost/currency", "EUR", "/send/accepted/cost: name either currency or currencyAt"],
    ["/send/errors/0/statuses", [429], "/send/errors/0/statuses: 3xx, 408 and 429 have a fixed meaning"],
    ["/send/errors/0/statuses", [500], "/send/errors/0/statuses/0: "],
    ["/send/errors/0", { outcome: { kind: "uncertain" } }, "/send/errors/0: name statuses or where"],
    ["/send/errors/0/outcome", { kind: "accepted" }, "/send/errors/0: accepted needs statuses of 2xx"],
    ["/send/errors/0/outcome/reason", "because", "/send/errors/0/outcome/reason: "],
    ["/lookUp/list", undefined, ""],
    ["/status/id", undefined, "/status: name id or reference"],
    ["/reports/statuses/there", "arrived", "/reports/statuses/there: "],
    ["/validity/minSeconds", 700, "/validity: minSeconds is above maxSeconds"],
    ["/auth/password", "hunter2", "/auth/password: must come from the environment"],
    ["/auth/password", "${PASSWORD:-hunter2}", "/auth/password: a secret has no default in the file"],
    [SIGNATURE, "hunter2", `${SIGNATURE}: must come from the environment`],
    ["/reports/signature/kind", "rot13", "/reports/signature/kind: "],
  ])("%s = %j", (pointer, value, fault) => {
    const faults = faultsOf(changed(pointer, value));
    if (fault === "") expect(faults).toEqual([]);
    else expect(faults).toEqual([expect.stringContaining(fault)]);
    expect(faults.join()).not.toContain("hunter2");
  });

  it("silence needs somebody who breaks it", () => {
    const { reports: _, status: __, ...rest } = JSON.parse(TEXT) as Node;
    expect(faultsOf(JSON.stringify(rest))).toEqual([
      expect.stringContaining("/silenceMs: without reports or status"),
    ]);
    expect(faultsOf(JSON.stringify({ ...rest, silenceMs: undefined }))).toEqual([]);
  });

  test.each(["", "{", "[]", "null", '{"a":\n"secret-word",}'])("%j is no provider file", (text) => {
    const [fault = ""] = faultsOf(text);
    expect(fault).toMatch(/^\//);
    expect(fault).not.toContain("secret-word");
  });
});

describe("the environment", () => {
  const ENV: Record<string, string> = {
    PLAUDER_USER: "house",
    PLAUDER_PASSWORD: "pass-word-1",
    PLAUDER_REPORT_SECRET: "report-secret-1",
  };
  const faultsIn = (env: Record<string, string>) => {
    const read = readHttpFileIn(TEXT, (name) => env[name]);
    return "faults" in read ? read.faults : [];
  };

  it("may leave out what has a default", () => {
    expect(faultsIn(ENV)).toEqual([]);
  });

  test.each([
    [{}, "PLAUDER_USER: is not set, but /auth/user needs it"],
    [{ PLAUDER_USER: "a\nb" }, "PLAUDER_USER: must be 1 to 512 printable ASCII characters"],
    [{ ...ENV, PLAUDER_USER: "a:b" }, "/auth/user: must not hold a colon"],
    [{ ...ENV, PLAUDER_URL: "http://example.com" }, "/baseUrl: must be an https URL"],
    [{ ...ENV, PLAUDER_URL: "https://user:pass-word-2@example.com" }, "/baseUrl: must be an https URL"],
    [{ ...ENV, PLAUDER_URL: "nonsense" }, "/baseUrl: must be an https URL"],
  ])("%j", (env, fault) => {
    const faults = faultsIn(env);
    expect(faults[0]).toContain(fault);
    expect(faults.join()).not.toMatch(/pass-word|example\.com|nonsense/);
  });
});
