import { describe, expect, it } from "vitest";
import { userAndPassword } from "../../../src/http/auth.ts";
import { aBundle, aRequest, CODE, KEY, NUMBER, read } from "./bundle.ts";

type Bundle = ReturnType<typeof aBundle>;

const from = (address: string) => ({ incoming: { socket: { remoteAddress: address } } });
const send = (bundle: Bundle, authorization: string, address = "198.51.100.7", headers = {}) =>
  read(
    bundle.app.request(
      "/v1/deliveries",
      aRequest({ to: NUMBER, code: CODE }, { authorization, ...headers }),
      from(address),
    ),
  );

async function fail(bundle: Bundle, times: number, address?: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < times; i++)
    statuses.push((await send(bundle, `Bearer cloud.wrong${i}`, address)).status);
  return statuses;
}

describe("client keys", () => {
  it.each([
    "",
    "Bearer",
    "Bearer cloud",
    "Bearer .secret",
    "Bearer cloud.",
    "Bearer cloud.wrong",
    "Bearer nobody.s3cr3t",
    "Basic Y2xvdWQ6czNjcjN0",
    `Bearer ${KEY} extra`,
    "Bearer __proto__.x",
  ])("%s is 401 and starts nothing", async (authorization) => {
    const bundle = aBundle();
    const answer = await send(bundle, authorization);
    expect([answer.status, answer.body["code"]]).toEqual([401, "unauthorized"]);
    expect(answer.headers.get("www-authenticate")).toContain("Bearer");
    expect(bundle.accepted).toEqual([]);
  });

  it("password may be the secret or the whole key", () => {
    const credentials = { clientId: "cloud", secret: "abc" };
    expect(userAndPassword("cloud", "abc")).toEqual(credentials);
    expect(userAndPassword("cloud", "cloud.abc")).toEqual(credentials);
    expect(userAndPassword("", "abc")).toBeUndefined();
    expect(userAndPassword("cl oud", "abc")).toBeUndefined();
  });
});

describe("wrong keys from one source", () => {
  it("slow it down exponentially, with a wait in the answer", async () => {
    const bundle = aBundle();
    expect(await fail(bundle, 6)).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await send(bundle, "Bearer cloud.wrong")).headers.get("retry-after")).toBe("1");
    bundle.clock.at += 1_001;
    expect(await fail(bundle, 2)).toEqual([401, 429]);
    expect((await send(bundle, "Bearer cloud.wrong")).headers.get("retry-after")).toBe("2");
  });

  it("hundreds of tries reach the key check a handful of times", async () => {
    let checks = 0;
    const bundle = aBundle({
      clients: {
        authenticate: async () => {
          checks++;
          return undefined;
        },
      },
    });
    await fail(bundle, 300);
    expect(checks).toBe(5);
  });

  it("lock out neither the client elsewhere nor its known key at the same address", async () => {
    const bundle = aBundle();
    expect((await send(bundle, `Bearer ${KEY}`)).status).toBe(202);
    await fail(bundle, 50);
    expect((await send(bundle, `Bearer ${KEY}`)).status).toBe(202);
    expect((await send(bundle, "Bearer other.s3cr3t-of-other", "203.0.113.1")).status).toBe(202);
  });

  it("count for the whole /64 of an IPv6 address", async () => {
    const bundle = aBundle();
    for (const host of ["1", "2", "3", "4", "5"]) await fail(bundle, 1, `2001:db8:0:1::${host}`);
    expect(await fail(bundle, 1, "2001:db8:0:1:ffff::9")).toEqual([429]);
    expect(await fail(bundle, 1, "2001:db8:0:2::1")).toEqual([401]);
  });
});

describe("X-Forwarded-For", () => {
  const forwarded = (bundle: Bundle, value: string, peer: string) =>
    send(bundle, "Bearer cloud.wrong", peer, { "x-forwarded-for": value });

  it("from a stranger changes nothing", async () => {
    const bundle = aBundle();
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++)
      statuses.push((await forwarded(bundle, `192.0.2.${i}`, "198.51.100.7")).status);
    expect(statuses.at(-1)).toBe(429);
  });

  it("from a trusted proxy names the caller, whatever the caller put in front of it", async () => {
    const bundle = aBundle({ trustedProxies: ["10.0.0.0/8", "::1"] });
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) {
      statuses.push(
        (await forwarded(bundle, `192.0.2.${i}, 203.0.113.9, 10.1.1.1`, "::ffff:10.0.0.1")).status,
      );
    }
    expect(statuses.at(-1)).toBe(429);
    expect((await forwarded(bundle, "203.0.113.10", "10.0.0.1")).status).toBe(401);
  });

  it("a trusted proxy that is no address is refused when the app is made", () => {
    expect(() => aBundle({ trustedProxies: ["proxy.example"] })).toThrow("TRUSTED_PROXIES");
  });
});
