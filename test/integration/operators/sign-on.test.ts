import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Role } from "../../../src/core/operator.ts";
import { createOperatorApp } from "../../../src/http/operator-app.tsx";
import { createOidcSignOn } from "../../../src/identity/oidc.ts";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type Faults,
  type OidcProvider,
  startOidcProvider,
} from "../../support/oidc-provider.ts";
import { operatorListener } from "../../support/operator-listener.ts";

const BASE = "http://ops.test:3001";
const ROLES = new Map<string, Role>([
  ["support", "helpdesk"],
  ["otpost admins", "admin"],
]);

let provider: OidcProvider;
beforeEach(async () => {
  provider = await startOidcProvider();
});
afterEach(() => provider.stop());

function aConsole(more: { secret?: string; roleClaim?: string } = {}) {
  const clock = { at: Date.now() };
  const { deps, noted } = operatorListener(() => clock.at);
  const signOn = createOidcSignOn(
    {
      issuer: provider.issuer,
      clientId: CLIENT_ID,
      clientSecret: more.secret ?? CLIENT_SECRET,
      roles: ROLES,
      roleClaim: more.roleClaim ?? "groups",
      scope: "openid profile email",
      redirectUri: `${BASE}/login/sso/callback`,
      proxy: undefined,
    },
    () => performance.now(),
  );
  const app = createOperatorApp({ ...deps, signOn, operatorUrl: BASE });
  const ask = async (url: string, cookie = "", headers: Record<string, string> = {}) => {
    const response = await app.request(url, { headers: { accept: "text/html", cookie, ...headers } });
    const cookies = response.headers.getSetCookie().map((one) => one.split(";")[0] ?? "");
    return { status: response.status, headers: response.headers, cookies, text: await response.text() };
  };
  return { ask, noted, clock };
}

/** As a browser goes: to the provider and back, with its cookie. */
async function roundTrip(console: ReturnType<typeof aConsole>, wanted = "") {
  const begun = await console.ask(`${BASE}/login/sso${wanted}`);
  expect(begun.status).toBe(303);
  const asked = await fetch(begun.headers.get("location")!, { redirect: "manual" });
  const callback = asked.headers.get("location")!;
  return { begun, callback, arrived: await console.ask(callback, begun.cookies[0]) };
}

describe("single sign-on", () => {
  test("gives the highest role of all groups, and goes on to the page that was wanted", async () => {
    provider.become({ preferred_username: "kim", groups: ["support", "otpost admins", "others"] });
    const console = aConsole();
    const { begun, arrived } = await roundTrip(console, "?to=/audit");
    expect(begun.headers.get("set-cookie")).toMatch(/HttpOnly; SameSite=Lax; Max-Age=600/);
    expect(arrived.status).toBe(200);
    expect(arrived.headers.get("set-cookie")).toMatch(/HttpOnly; SameSite=Strict/);
    expect(arrived.text).toContain('content="0; url=/audit"');
    const page = await console.ask(`${BASE}/audit`, arrived.cookies[0]);
    expect(page.status).toBe(200);
    expect(page.text).toContain("<strong>kim</strong> (admin)");
    const detail = expect.objectContaining({ via: "oidc" }) as Record<string, string>;
    expect(console.noted).toEqual([{ who: "kim", role: "admin", action: "operator.login", detail }]);
  });

  test.each([
    ["a claim within a claim", "realm_access.roles", { realm_access: { roles: ["support"] } }],
    [
      "a claim with dots in its name",
      "https://x.example/groups",
      { "https://x.example/groups": ["support"] },
    ],
    ["one group that is no list", "groups", { groups: "support" }],
  ])("reads %s", async (_, roleClaim, claims) => {
    provider.become({ preferred_username: "kim", ...claims });
    const { arrived } = await roundTrip(aConsole({ roleClaim }));
    expect([arrived.status, arrived.cookies.some((one) => one.startsWith("otpost="))]).toEqual([200, true]);
  });

  test("asks the provider for groups that are not in the token", async () => {
    provider.become({ preferred_username: "kim" });
    provider.spoil({ userInfo: { groups: ["support"] } });
    const { arrived } = await roundTrip(aConsole());
    expect(arrived.status).toBe(200);
    expect(provider.seen).toContain("GET /userinfo");
  });

  test("tells somebody without a role, by name, and logs nobody in", async () => {
    provider.become({ preferred_username: "kim", groups: ["others"] });
    const console = aConsole();
    const { arrived } = await roundTrip(console);
    expect([arrived.status, arrived.cookies]).toEqual([403, ["otpost-sign-on="]]);
    expect(arrived.text).toContain("knows you as kim");
    expect(console.noted).toEqual([]);
  });

  const past = Math.floor(Date.now() / 1_000) - 3_600;
  const SPOILT: [what: string, faults: Faults, words: string][] = [
    ["another state", { state: "x".repeat(43) }, "in another window"],
    ["another nonce", { claims: { nonce: "another" } }, "cannot be trusted"],
    ["no nonce", { claims: { nonce: undefined } }, "cannot be trusted"],
    ["a token that is over", { claims: { iat: past, exp: past + 60 } }, "cannot be trusted"],
    ["a token for somebody else", { claims: { aud: "another" } }, "cannot be trusted"],
    ["a token of another issuer", { claims: { iss: "https://evil.example" } }, "cannot be trusted"],
    ["a forged signature", { forged: true }, "cannot be trusted"],
    ["its own refusal", { denies: "access_denied" }, "refused the login"],
  ];
  test.each(SPOILT)("refuses %s and logs nobody in", async (_, faults, words) => {
    provider.spoil(faults);
    const { arrived } = await roundTrip(aConsole());
    expect([arrived.status, arrived.cookies]).toEqual([403, ["otpost-sign-on="]]);
    expect(arrived.text).toContain(words);
  });

  test("refuses a callback that was not begun here, or too long ago, and a code that was used", async () => {
    const console = aConsole();
    const { begun, callback } = await roundTrip(console);
    const other = await aConsole().ask(callback, "");
    expect([other.status, other.text.includes("Begin again")]).toEqual([403, true]);
    const again = await console.ask(callback, begun.cookies[0]);
    expect([again.status, again.text.includes("cannot be trusted")]).toEqual([403, true]);
    console.clock.at += 11 * 60_000;
    const late = await console.ask(callback, begun.cookies[0]);
    expect([late.status, late.text.includes("too long ago")]).toEqual([403, true]);
  });

  test("refuses a session cookie in the place of a begun login", async () => {
    const console = aConsole();
    const { arrived, callback } = await roundTrip(console);
    const session = arrived.cookies[0]!.replace("otpost=", "otpost-sign-on=");
    expect((await console.ask(callback, session)).status).toBe(403);
  });

  test("says that the client's secret does not fit, without words of the provider", async () => {
    const { arrived } = await roundTrip(aConsole({ secret: "another" }));
    expect([arrived.status, arrived.text.includes("OIDC_CLIENT_ID")]).toEqual([403, true]);
  });

  test("names the break-glass login while the provider is away, and works again when it is back", async () => {
    const console = aConsole();
    await provider.stop();
    const away = await console.ask(`${BASE}/login/sso`);
    expect([away.status, away.text.includes("OPERATOR_TOKEN, the break-glass login, always works")]).toEqual([
      503,
      true,
    ]);
    expect(away.text).toContain('name="token"');
    provider = await startOidcProvider(provider.port);
    expect((await roundTrip(console)).arrived.status).toBe(200);
  });

  test("names it too when the provider goes away in between", async () => {
    const console = aConsole();
    const begun = await console.ask(`${BASE}/login/sso`);
    const asked = await fetch(begun.headers.get("location")!, { redirect: "manual" });
    await provider.stop();
    const arrived = await console.ask(asked.headers.get("location")!, begun.cookies[0]);
    expect([arrived.status, arrived.text.includes("break-glass")]).toEqual([503, true]);
  });
});
