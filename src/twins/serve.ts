import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { controlApp } from "./control.ts";
import { createFaults } from "./faults.ts";
import type { FaultPatch, Faults } from "./faults.ts";
import { createLedger } from "./ledger.ts";
import type { Ledger } from "./ledger.ts";
import { createGatewayApiTwin } from "./gatewayapi/app.ts";
import type { TwinKind } from "./ledger-entry.ts";
import type { TwinLog } from "./poster.ts";
import { createSevenTwin } from "./seven/app.ts";
import type { SevenOptions } from "./seven/app.ts";
import { measuredAccount, measuredFaults } from "./seven/as-measured.ts";
import type { Contract } from "./seven/contract.ts";
import { createTelegramTwin } from "./telegram-gateway/app.ts";
import { createTimers } from "./timers.ts";
import type { Twin, TwinDeps } from "./twin.ts";

/** Settings of every twin; those of the other providers are ignored. `signingKey` also signs GatewayAPI's reports. */
export type TwinOptions = Partial<SevenOptions> & {
  /** 0 or absent takes a free one. */
  port?: number;
  /** Loopback by default: the ledger, which anyone may read at `/_twin/ledger`, holds codes. */
  host?: string;
  /** A file (continued if it exists), a ledger that somebody else closes, or nothing for memory only. */
  ledger?: string | Ledger;
  fsync?: boolean;
  faults?: FaultPatch;
  /** Telegram Gateway's or GatewayAPI's token. */
  token?: string | undefined;
  log?: TwinLog;
  /** seven's behaviour as it was measured; options and faults that are given as well win. */
  contract?: Contract | undefined;
};

export type RunningTwin = {
  /** Without a trailing slash; seven's base URL is this plus `/api`. */
  url: string;
  ledger: Ledger;
  faults: Faults;
  /** Forgets messages, locks and hooks of earlier scenarios and restores the first script. */
  reset: () => void;
  close: () => Promise<void>;
};

/** Source of the 5 s: docs.seven.io, webhooks. */
const REPORT_TIMEOUT_MS = 5_000;

/**
 * Starts one twin. On a ledger file it goes on with the messages and locks of the earlier run; reports that
 * were still outstanding when that run ended are lost, as a provider may lose them.
 * @throws if the port is taken or the ledger cannot be opened.
 */
export async function startTwin(kind: TwinKind, options: TwinOptions = {}): Promise<RunningTwin> {
  const given = options.ledger;
  const own =
    typeof given === "object" ? undefined : await createLedger(given, { fsync: options.fsync ?? true });
  const ledger = typeof given === "object" ? given : (own as Ledger);
  const { contract } = options;
  // It tells of seven alone.
  const measured = contract !== undefined && kind === "seven" ? measuredFaults(contract) : {};
  const faults = createFaults({ ...measured, ...options.faults });
  const timers = createTimers();
  const log = options.log ?? (() => undefined);
  const twin = createTwin(kind, { ledger, faults, timers, log }, options);
  const reset = () => {
    twin.reset();
    ledger.clear();
    faults.reset();
  };
  twin.app.route("/_twin", controlApp({ ledger, faults, reset }));
  twin.app.onError((error, c) => {
    log("twin.failed", { kind, error: error.message });
    return c.text("the twin failed", 500);
  });
  const listener = getRequestListener(twin.app.fetch);
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  const url = await listen(server, options.host ?? "127.0.0.1", options.port ?? 0).catch(async (error) => {
    await Promise.all([twin.close(), own?.close()]);
    throw error;
  });
  const close = async () => {
    timers.close();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await Promise.all([closed, twin.close()]);
    await own?.close();
  };
  return { url, ledger, faults, reset, close };
}

export type TwinsOptions = Omit<TwinOptions, "port" | "ledger"> & {
  sevenPort?: number;
  telegramPort?: number;
  gatewayapiPort?: number;
  /** GatewayAPI's own; `token` and `signingKey` are those of Telegram Gateway and seven. */
  gatewayapiToken?: string;
  gatewayapiSecret?: string;
  /** One file for all. */
  ledger?: string;
};

/**
 * All twins with one ledger, as `npm start`, the demo and a twin process need them. seven reports to
 * `reportUrl`; the others are told their callback_url with every message. One fault script starts all,
 * later changes go to each twin by itself.
 */
export async function startTwins(options: TwinsOptions = {}) {
  const { sevenPort = 0, telegramPort = 0, gatewayapiPort = 0, ledger: file, ...all } = options;
  const { gatewayapiToken, gatewayapiSecret, ...rest } = all;
  const ledger = await createLedger(file, { fsync: rest.fsync ?? true });
  const started: RunningTwin[] = [];
  const close = async () => {
    await Promise.all(started.map((twin) => twin.close()));
    await ledger.close();
  };
  // If a later one finds its port taken, the earlier ones must not stay behind.
  const start = async (kind: TwinKind, given: TwinOptions) => {
    const twin = await startTwin(kind, { ...given, ledger }).catch(async (error) => {
      await close();
      throw error;
    });
    started.push(twin);
    return twin;
  };
  const seven = await start("seven", { ...rest, port: sevenPort });
  const telegram = await start("telegram-gateway", { ...rest, port: telegramPort });
  const own = { token: gatewayapiToken, signingKey: gatewayapiSecret, port: gatewayapiPort };
  const gatewayapi = await start("gatewayapi", { ...rest, ...own });
  return { seven, telegram, gatewayapi, ledger, close };
}

/** Fills in the defaults: an account without key, signature or contacts, as a demo has it. */
function createTwin(kind: TwinKind, deps: TwinDeps, options: TwinOptions): Twin {
  const { retryScale = 1, reportTimeoutMs = REPORT_TIMEOUT_MS } = options;
  if (kind === "telegram-gateway")
    return createTelegramTwin(deps, { token: options.token, retryScale, reportTimeoutMs });
  if (kind === "gatewayapi") {
    const { token, signingKey: secret } = options;
    return createGatewayApiTwin(deps, { token, secret, retryScale, reportTimeoutMs: 3 * reportTimeoutMs });
  }
  return sevenTwin(deps, { ...options, retryScale, reportTimeoutMs });
}

function sevenTwin(
  deps: TwinDeps,
  options: TwinOptions & Pick<SevenOptions, "retryScale" | "reportTimeoutMs">,
) {
  const { retryScale, reportTimeoutMs } = options;
  const measured = options.contract === undefined ? {} : measuredAccount(options.contract);
  return createSevenTwin(deps, {
    apiKey: options.apiKey,
    signingKey: options.signingKey,
    signingRequired: options.signingRequired ?? false,
    signedUrl: options.signedUrl ?? "full",
    resignRetries: options.resignRetries ?? false,
    foreignIdInReports: options.foreignIdInReports ?? measured.foreignIdInReports ?? false,
    reportUrl: options.reportUrl,
    reportMethod: options.reportMethod ?? "JSON",
    contacts: options.contacts ?? {},
    badKeyShape: options.badKeyShape ?? measured.badKeyShape,
    retryScale,
    reportTimeoutMs,
  });
}

/** @returns the URL without a trailing slash. Rejects with the EADDRINUSE of node:http. */
async function listen(server: ReturnType<typeof createServer>, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}
