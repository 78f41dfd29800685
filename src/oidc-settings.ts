import { z } from "zod";
import { isRole, type Role } from "./core/operator.ts";
import type { OidcSettings } from "./identity/oidc.ts";
import type { Environment } from "./providers/provider.ts";
import { secret } from "./providers/settings.ts";

/** Settings by which operators log in at an identity provider. */

/** Plain http only where nothing but this machine can hear it. */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

const tlsUrl = z.string().refine((text) => {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false;
  const { protocol, hostname, username } = new URL(text);
  return username === "" && (protocol === "https:" || (protocol === "http:" && LOOPBACK.has(hostname)));
}, "must be an https URL without query, user and password; http only on this machine");

/** An origin: pages of the console name paths from the root. */
export const operatorUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:\/\/[^/?#@]+\/?$/.test(text),
    "must be https:// (or http://), a host and perhaps a port, without a path",
  )
  .transform((text) => text.replace(/\/+$/, ""));

/** `otpost-admins=admin,IT Support=helpdesk`. Groups may hold `=`, so the last one counts. */
const roles = z.string().transform((text, context) => {
  const known = new Map<string, Role>();
  for (const [index, entry] of text.split(",").entries()) {
    const at = entry.lastIndexOf("=");
    const [group, role] = [entry.slice(0, Math.max(0, at)).trim(), entry.slice(at + 1).trim()];
    if (group !== "" && isRole(role)) known.set(group, role);
    else context.addIssue(`entry ${index + 1} must be a group, = and viewer, helpdesk, operator or admin`);
  }
  return known;
});

export const OIDC_SETTINGS = {
  OIDC_ISSUER: tlsUrl.optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: secret.optional(),
  OIDC_ROLES: roles.optional(),
  OIDC_ROLE_CLAIM: z
    .string()
    .regex(/^\S{1,200}$/, "must be the name of a claim")
    .default("groups"),
  OIDC_SCOPE: z
    .string()
    .transform((text) => text.split(",").map((one) => one.trim()))
    .refine(
      (parts) => parts.includes("openid") && parts.every((one) => /^[!#-[\]-~]+$/.test(one)),
      "must be a list with openid in it, such as openid,profile,email",
    )
    .default(["openid", "profile", "email"]),
};

const TOGETHER = ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_ROLES", "OPERATOR_URL"] as const;

/** Half a configuration would be a login page that leads nowhere. */
export function oidcFaults(env: Environment): string[] {
  const isWanted = ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_ROLES"].some((name) => env[name] !== undefined);
  if (!isWanted) return [];
  return TOGETHER.filter((name) => env[name] === undefined).map(
    (name) => `${name}: set it too, logging in by OIDC needs ${TOGETHER.join(", ")}`,
  );
}

type Read = {
  OPERATOR_URL?: string | undefined;
  OIDC_ISSUER?: string | undefined;
  OIDC_CLIENT_ID?: string | undefined;
  OIDC_CLIENT_SECRET?: string | undefined;
  OIDC_ROLES?: ReadonlyMap<string, Role> | undefined;
  OIDC_ROLE_CLAIM: string;
  OIDC_SCOPE: readonly string[];
  OUTBOUND_PROXY?: string | undefined;
};

/** @returns undefined where operators log in by token only */
export function oidcSettingsOf(config: Read): OidcSettings | undefined {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_ROLES: known, OPERATOR_URL: url } = config;
  if (issuer === undefined || clientId === undefined || !known || url === undefined) return undefined;
  return {
    issuer,
    clientId,
    clientSecret: config.OIDC_CLIENT_SECRET,
    roles: known,
    roleClaim: config.OIDC_ROLE_CLAIM,
    scope: config.OIDC_SCOPE.join(" "),
    redirectUri: `${url}/login/sso/callback`,
    proxy: config.OUTBOUND_PROXY,
  };
}
