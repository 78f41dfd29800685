import { readFileSync } from "node:fs";
import { z } from "zod";
import { isCallingCode } from "./core/phone.ts";
import type { Rules } from "./core/rules.ts";
import { orderedRules } from "./environment-rules.ts";
import { eventHosts } from "./event-hosts.ts";
import { groundOf, policyFrom } from "./policy-file.ts";
import { type Ground, type Policy, withoutFile } from "./policy/ground.ts";
import { OIDC_SETTINGS, oidcFaults, operatorUrl } from "./oidc-settings.ts";
import type { ConfiguredProvider, Environment } from "./providers/provider.ts";
import { httpProvidersFrom } from "./providers/http/from-env.ts";
import { priceFault, pricesIn } from "./prices.ts";
import { configuredProviders } from "./providers/registry.ts";
import { secret, wholeNumber } from "./providers/settings.ts";

/** The environment as one frozen value. Every fault is told at once, and none shows a value. */

const port = wholeNumber(0, 65_535);
const silence = wholeNumber(1_000, 600_000);
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== ""),
);

/** `49:20000,1:45000`: another silence for people of some countries. Faults name the entry by its place. */
const silenceByCallingCode = list.transform((entries, context) => {
  const known = new Map<string, number>();
  for (const [index, entry] of entries.entries()) {
    const [code = "", ms] = entry.split(":");
    const parsed = silence.safeParse(ms);
    const fault = known.has(code)
      ? "repeats the calling code of an earlier one"
      : countryFault(entry, code, parsed.error);
    if (fault) context.addIssue(`entry ${index + 1} ${fault}`);
    else known.set(code, parsed.data ?? 0);
  }
  return known;
});

function countryFault(entry: string, code: string, error: z.ZodError | undefined): string | undefined {
  if (!/^\d{1,3}:\d{1,9}$/.test(entry)) return "must be a calling code, a colon and ms, such as 49:20000";
  if (!isCallingCode(code)) return "begins with digits that are no country's calling code";
  return error && `has a silence that ${error.issues[0]?.message ?? "is not usable"}`;
}

/** A public base URL; http only where nothing but this machine can hear it. */
const publicUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:\/\/[^?#]*$/.test(text),
    "must be an http(s) URL without query",
  )
  .transform((text) => text.replace(/\/+$/, ""));

/** Where alerts go. Whoever sets it may mean any host; a password in it would end up in proxies' logs. */
const webhookUrl = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}, "must be an http(s) URL without user and password");

/** Source: standardwebhooks.com, specification 1.0.0: 24 to 64 bytes in base64 behind whsec_. */
const webhookSecret = z.string().refine((text) => {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
  const bytes = base64 === undefined ? 0 : Buffer.from(base64, "base64").byteLength;
  return bytes >= 24 && bytes <= 64;
}, "must be whsec_ and 24 to 64 bytes in base64, such as: echo whsec_$(openssl rand -base64 32)");

const redisUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^rediss?:\/\//.test(text),
    "must be a redis:// or rediss:// URL; a password in it must be percent-encoded",
  );

/** 32 bytes in base64, base64url or hex, for whoever makes it with openssl or otpost. */
const masterKey = z
  .string()
  .transform(bytesOf)
  .refine(
    (bytes) => bytes.length === 32,
    "must be 32 bytes in base64 or hex, such as: openssl rand -base64 32",
  );

const masterKeys = list
  .transform((texts) => texts.map(bytesOf))
  .refine(
    (keys) => keys.every((bytes) => bytes.length === 32),
    "must be keys of 32 bytes in base64 or hex, separated by commas",
  );

function bytesOf(text: string): Buffer {
  return /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, "hex") : Buffer.from(text, "base64");
}

export const settingsSchema = z.object({
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]+$/, "must be an address or host name")
    .default("127.0.0.1"),
  PORT: port.default(3000),
  OPERATOR_PORT: port.default(3001),
  OPERATOR_URL: operatorUrl.optional(),
  PUBLIC_URL: publicUrl.optional(),
  DATA_DIR: z.string().min(1).default("./data"),
  REDIS_URL: redisUrl.optional(),
  REDIS_PREFIX: z
    .string()
    .regex(/^\{[A-Za-z0-9._-]{1,40}\}$/, "must be a name in braces, such as {otpost}")
    .default("{otpost}"),
  OPERATOR_TOKEN: secret.refine((text) => text.length >= 20, "must have at least 20 characters").optional(),
  ...OIDC_SETTINGS,
  MASTER_KEY: masterKey.optional(),
  MASTER_KEY_OLD: masterKeys.default([]),
  HTTP_PROVIDERS: list.default([]),
  POLICY: z.string().optional(),
  ROUTES: list.optional(),
  ROUTE_ORDER: z.enum(["fixed", "auto"]).default("fixed"),
  REPORTS: z.enum(["push", "poll", "both"]).default("push"),
  SMS_SILENCE_MS: silence.default(30_000),
  SMS_SILENCE_MS_BY_COUNTRY: silenceByCallingCode.optional(),
  TELEGRAM_SILENCE_MS: silence.default(15_000),
  RECIPIENT_LIMIT_10_MIN: wholeNumber(0, 10_000).default(5),
  RECIPIENT_LIMIT_DAY: wholeNumber(0, 100_000).default(20),
  PREFIX_LIMIT_10_MIN: wholeNumber(0, 10_000).default(20),
  PREFIX_LIMIT_NEW_10_MIN: wholeNumber(0, 10_000).default(5),
  PRICES: list.transform(pricesIn).default([]),
  ALERT_WEBHOOK_URL: webhookUrl.optional(),
  ALERT_WEBHOOK_SECRET: webhookSecret.optional(),
  EVENTS_ALLOW_PRIVATE: list.transform(eventHosts).default([]),
  OUTBOUND_PROXY: publicUrl.optional(),
  TRUSTED_PROXIES: list.default([]),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  LOG_FORMAT: z.enum(["json", "pretty"]).optional(),
});

export type Settings = z.output<typeof settingsSchema>;

export type Config = Readonly<
  Settings & {
    providers: readonly ConfiguredProvider[];
    /** What the environment alone says of routes. */
    ground: Ground;
    /** What held at the start, with the policy file where there is one. */
    policy: Policy;
    rules: Rules;
    /** Wished order of routes; every one of them has its key. */
    routes: readonly string[];
  }
>;

export type ReadOptions = {
  /** For tools that must work beside a broken file or without the keys of the service. Default: read. */
  policy?: "read" | "unread";
};

/** Exit code for a bad configuration. Source: sysexits.h, EX_CONFIG. */
export const EXIT_CONFIG = 78;

export class ConfigFault extends Error {
  override readonly name = "ConfigFault";
  constructor(faults: readonly string[]) {
    super(`The configuration is not usable:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
  }
}

/** @throws ConfigFault with every fault, one line each */
export function readConfig(env: Environment, { policy: reading = "read" }: ReadOptions = {}): Config {
  const parsed = settingsSchema.safeParse(given(env));
  const builtIn = configuredProviders(env);
  const files = httpProvidersFrom(env, (path) => readFileSync(path, "utf8"));
  const providers = [...builtIn.providers, ...files.providers];
  const served = new Set(providers.map((p) => p.rules.id));
  const wished = settingsSchema.shape.ROUTES.safeParse(given(env)["ROUTES"]).data ?? [];
  const all = [
    ...(parsed.error?.issues.map(sentence) ?? []),
    ...builtIn.faults,
    ...files.faults,
    ...wished.filter((route) => !served.has(route)).map(unserved),
    ...(parsed.data?.PRICES ?? []).flatMap(priceFault),
    ...tlsFault(env),
    ...unsignedWebhook(given(env)),
    ...oidcFaults(given(env)),
  ];
  if (!parsed.success || all.length > 0) throw new ConfigFault(all);
  const settings = parsed.data;
  const ground = groundOf(providers, orderedRules(settings, builtIn.providers, files.providers));
  const policy = policyIn(env, ground, reading);
  return Object.freeze({ ...settings, providers, ground, policy, rules: policy.rules, routes: policy.order });
}

function policyIn(env: Environment, ground: Ground, reading: "read" | "unread"): Policy {
  if (reading === "unread") return withoutFile(ground);
  const read = policyFrom(env, ground);
  if ("policy" in read) return read.policy;
  throw new ConfigFault(read.faults);
}

/** An alert that anybody could have written is worth nothing to a pager. */
function unsignedWebhook(env: Record<string, string>): string[] {
  const isUnsigned = env["ALERT_WEBHOOK_URL"] !== undefined && env["ALERT_WEBHOOK_SECRET"] === undefined;
  return isUnsigned
    ? ["ALERT_WEBHOOK_SECRET: set it together with ALERT_WEBHOOK_URL, alerts are signed"]
    : [];
}

function unserved(route: string): string {
  return `ROUTES: no provider with a key serves ${route.slice(0, 40)}`;
}

/** An empty variable counts as unset: compose files pass every name on, with or without a value. */
function given(env: Environment): Record<string, string> {
  const names = Object.keys(settingsSchema.shape);
  return Object.fromEntries(names.flatMap((name) => (env[name]?.trim() ? [[name, env[name].trim()]] : [])));
}

function sentence(issue: z.core.$ZodIssue): string {
  return `${issue.path.join(".")}: ${issue.message}`;
}

/** No insecure mode exists: whoever can read the calls has the codes. */
function tlsFault(env: Environment): string[] {
  return env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0"
    ? [
        "NODE_TLS_REJECT_UNAUTHORIZED: 0 would send codes to anybody; add the CA with NODE_EXTRA_CA_CERTS instead",
      ]
    : [];
}

/** A route that reaches people. The sandbox only pretends. */
function hasRealRoute(config: Config): boolean {
  return config.routes.some((route) => config.rules.routes.get(route)?.channel !== "sandbox");
}

/** `serve` and `work` never pretend. @throws ConfigFault when no route reaches people */
export function requireRealRoute(config: Config): Config {
  if (hasRealRoute(config)) return config;
  throw new ConfigFault([
    "SEVEN_API_KEY: no route reaches people; set a provider's key or HTTP_PROVIDERS (twins: `otpost up`)",
  ]);
}
