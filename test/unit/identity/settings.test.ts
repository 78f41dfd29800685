import { describe, expect, test } from "vitest";
import { ConfigFault, readConfig } from "../../../src/config.ts";
import { nameIn, roleIn } from "../../../src/identity/claims.ts";
import { oidcSettingsOf } from "../../../src/oidc-settings.ts";

const WHOLE = {
  SEVEN_API_KEY: "key",
  OPERATOR_URL: "https://ops.example.org/",
  OIDC_ISSUER: "https://id.example.org/realms/main",
  OIDC_CLIENT_ID: "otpost",
  OIDC_CLIENT_SECRET: "s3cret-of-the-client",
  OIDC_ROLES: "otpost-admins=admin, IT Support=helpdesk,a=b=viewer",
};

const faultsOf = (env: Record<string, string>): string => {
  try {
    readConfig({ ...WHOLE, ...env });
    return "";
  } catch (error) {
    if (error instanceof ConfigFault) return error.message;
    throw error;
  }
};

describe("settings of single sign-on", () => {
  test("are taken whole", () => {
    expect(oidcSettingsOf(readConfig(WHOLE))).toEqual({
      issuer: "https://id.example.org/realms/main",
      clientId: "otpost",
      clientSecret: "s3cret-of-the-client",
      roles: new Map([
        ["otpost-admins", "admin"],
        ["IT Support", "helpdesk"],
        ["a=b", "viewer"],
      ]),
      roleClaim: "groups",
      scope: "openid profile email",
      redirectUri: "https://ops.example.org/login/sso/callback",
      proxy: undefined,
    });
    expect(oidcSettingsOf(readConfig({ SEVEN_API_KEY: "key" }))).toBeUndefined();
  });

  test.each(["OPERATOR_URL", "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_ROLES"])(
    "are not taken without %s",
    (name) => {
      expect(faultsOf({ [name]: "" })).toContain(`${name}: set it too`);
    },
  );

  test.each([
    ["OIDC_ISSUER", "http://id.example.org", "must be an https URL"],
    ["OIDC_ISSUER", "https://user@id.example.org", "must be an https URL"],
    ["OIDC_ROLES", "admins=boss", "entry 1 must be a group"],
    ["OIDC_ROLES", "a=viewer,=admin", "entry 2 must be a group"],
    ["OIDC_SCOPE", "address", "a list with openid"],
    ["OPERATOR_URL", "https://ops.example.org/console", "without a path"],
  ])("%s=%s is refused and not repeated", (name, value, words) => {
    const faults = faultsOf({ [name]: value });
    expect(faults).toContain(words);
    expect(faults).not.toContain(value);
  });

  test("a provider on this very machine may be plain", () => {
    expect(faultsOf({ OIDC_ISSUER: "http://127.0.0.1:8080/realms/x" })).toBe("");
  });
});

describe("claims", () => {
  test("give the first name that may be shown", () => {
    expect(nameIn({ preferred_username: "kim", email: "kim@example.org" })).toBe("kim");
    expect(nameIn({ preferred_username: "+49 151 12345678", email: "kim@example.org" })).toBe(
      "kim@example.org",
    );
    expect(nameIn({ name: "Kim\nLee", sub: "p-1" })).toBe("p-1");
    expect(nameIn({ sub: 7 })).toBe("unnamed");
  });

  test.each([[{}], [{ groups: [7, null] }], [{ groups: { admins: true } }], [{ groups: "admin" }]])(
    "%j give no role",
    (claims) => {
      expect(roleIn(claims, { roleClaim: "groups", roles: new Map([["admins", "admin"]]) })).toBeUndefined();
    },
  );
});
