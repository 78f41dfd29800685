import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issuedBy, selfSigned } from "../../support/certificate.ts";
import { aDoctor, authority, good, HOST, of, type World } from "./world.ts";

const DAY_MS = 86_400_000;

let doctor: Awaited<ReturnType<typeof aDoctor>>;
beforeAll(async () => {
  doctor = await aDoctor();
});
afterAll(() => doctor.close());
const examined = (world?: World) => doctor.examined(world);

describe("the certificate", () => {
  const days = (count: number) => new Date(Date.now() + count * DAY_MS + 60_000);
  test.each([
    ["signed by itself", selfSigned(HOST), "fail", /signed by itself .*DEPTH_ZERO_SELF_SIGNED_CERT/],
    [
      "for another name",
      issuedBy(authority, "other.example.org"),
      "fail",
      /is for other\.example\.org, not for/,
    ],
    ["that ended", issuedBy(authority, HOST, { until: days(-3) }), "fail", /ended on/],
    ["that ends soon", issuedBy(authority, HOST, { until: days(5) }), "warn", /ends in 5 days/],
    ["that begins tomorrow", issuedBy(authority, HOST, { from: days(1) }), "fail", /valid from .* on only/],
  ] as const)("%s", async (_what, certificate, level, words) => {
    const found = of(await examined({ certificate }), "certificate");
    expect(found).toEqual([[level, expect.stringMatching(words)]]);
  });

  test.each([
    [
      "of a CA that Nextcloud does not know, its chain whole",
      good.cert + authority.cert,
      "which is no public CA",
    ],
    ["of such a CA, alone", good.cert, "or is missing in between"],
  ])("%s", async (_what, cert, words) => {
    const certificate = { key: good.key, cert };
    const found = (await examined({ certificate, deps: { extraCas: [] } })).filter(
      ({ check }) => check === "certificate",
    );
    expect(found).toMatchObject([{ level: "fail", what: expect.stringContaining(words) }]);
    expect(JSON.stringify(found)).toContain("occ security:certificates:import");
    expect(JSON.stringify(found)).toContain("Example CA");
  });

  test("that is none, for the port speaks plain http", async () => {
    const found = await examined({ certificate: undefined });
    expect(of(found, "certificate")).toEqual([["fail", expect.stringMatching(/does not speak TLS/)]]);
  });
});
