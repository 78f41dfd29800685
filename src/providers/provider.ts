import type { z } from "zod";
import type { Cost, RefusalReason } from "../core/outcome.ts";
import type { Channel, RouteRules } from "../core/rules.ts";
import type { Clock, Provider } from "../flows/ports.ts";
import type { Turns } from "../flows/turns-port.ts";
import type { ReportReader } from "../flows/report-port.ts";

/** What every adapter is given besides its own settings. */
export type ProviderDeps = {
  clock: Pick<Clock, "now">;
  /** Public URL at which this provider's reports arrive; undefined without PUBLIC_URL. */
  reportUrl: string | undefined;
  /** URL of the outbound proxy (OUTBOUND_PROXY). The environment's own proxy variables are never read. */
  proxy: string | undefined;
  /** Longest exchange in ms; 8,000 when left out. */
  callTimeoutMs?: number | undefined;
  /** Shared with all workers of the account; this process alone keeps to the interval when left out. */
  turns?: Turns | undefined;
};

export type RunningProvider = Provider & {
  /** Asks whether the account takes our key, for nothing. Absent where there is no such call. */
  probe?: (signal: AbortSignal) => Promise<AccountProbe>;
  /** Addresses that the account's reports are sent to. Absent where each message names its own. */
  hooks?: ReportHooks;
  close: () => Promise<void>;
};

/** `at`: the provider's clock, epoch ms in whole seconds, where it tells. `why`: dns, connect, tls, HTTP 502 ... */
export type AccountProbe =
  | { kind: "works"; balance: Cost | undefined; at: number | undefined }
  | { kind: "refused"; reason: RefusalReason; providerCode: string | undefined; at: number | undefined }
  | { kind: "unreachable"; why: string };

/** A registered address. `takesReports`: it is told of delivery reports. */
export type ReportHook = { id: string; url: string; takesReports: boolean; enabled: boolean };

export type ReportHooks = {
  /** @returns undefined when they cannot be read: the key may lack the right */
  list: (signal: AbortSignal) => Promise<ReportHook[] | undefined>;
  /** @returns whether the provider took it; so does `remove` */
  add: (url: string, signal: AbortSignal) => Promise<boolean>;
  remove: (id: string, signal: AbortSignal) => Promise<boolean>;
};

/** A genuine report that is about no message, to see that reports reach us. */
export type TrialReport = { headers: Record<string, string>; body: string };

/** How fast a route's lane runs. `perSecond` 0 leaves it unpaced. */
export type Lane = { perSecond: number; concurrency: number };

/** A provider whose settings are known. They live in its closures only, for some of them are secrets. */
export type ConfiguredProvider = {
  /** As in the path of its reports. */
  name: string;
  rules: RouteRules;
  lane: Lane;
  create: (deps: ProviderDeps) => RunningProvider;
  /** Absent where the provider reports nothing. */
  reports?: (deps: ProviderDeps) => ReportReader;
  /** For a POST to the address of its reports; absent where every report is about a message. */
  trialReport?: (url: string, now: number) => TrialReport;
  senderFault?: SenderFault;
};

/** What is wrong with a sender, or undefined. Absent where recipients see no sender of ours. */
type SenderFault = (sender: string) => string | undefined;

export type Configured =
  | { kind: "absent" }
  /** One sentence per bad key, never with its value. */
  | { kind: "faulty"; faults: string[] }
  | { kind: "ready"; provider: ConfiguredProvider };

export type Environment = Readonly<Record<string, string | undefined>>;

/** A registry entry: the types of its settings are erased, so that all entries fit one list. */
export type ProviderDefinition = {
  name: string;
  routeId: string;
  channel: Channel;
  /** The environment name without which this route does not exist. */
  key: string;
  settings: z.ZodObject;
  configure: (env: Environment) => Configured;
};

type Spec<Settings extends z.ZodObject> = {
  name: string;
  routeId: string;
  channel: Channel;
  /** Keyed by environment names, so that a fault names what the operator wrote. */
  settings: Settings;
  key: keyof z.input<Settings> & string;
  rules: Pick<RouteRules, "silenceMs" | "canLookUp" | "canReadStatus" | "needsConsent" | "reach" | "lockMs">;
  lane: (settings: z.output<Settings>) => Lane;
  create: (settings: z.output<Settings>, deps: ProviderDeps) => RunningProvider;
  reports?: (settings: z.output<Settings>, deps: ProviderDeps) => ReportReader;
  trialReport?: (settings: z.output<Settings>, url: string, now: number) => TrialReport;
  senderFault?: SenderFault;
};

/** Turns an adapter into a registry entry. */
export function defineProvider<Settings extends z.ZodObject>(spec: Spec<Settings>): ProviderDefinition {
  const { name, routeId, channel, key, settings } = spec;
  return {
    name,
    routeId,
    channel,
    key,
    settings,
    configure: (env) => {
      const given = givenSettings(env, settings);
      if (given[key] === undefined) return { kind: "absent" };
      const parsed = settings.safeParse(given);
      if (parsed.success) return { kind: "ready", provider: configured(spec, parsed.data) };
      const faults = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
      return { kind: "faulty", faults };
    },
  };
}

/** People ask again after about this long, so a longer line sends them elsewhere. */
export const MAX_WAIT_MS = 8_000;

/** An empty variable counts as unset: compose files pass every name on, with or without a value. */
export function givenSettings(env: Environment, settings: z.ZodObject): Record<string, string> {
  const given: Record<string, string> = {};
  for (const name of Object.keys(settings.shape)) {
    const value = env[name]?.trim();
    if (value) given[name] = value;
  }
  return given;
}

function configured<Settings extends z.ZodObject>(
  spec: Spec<Settings>,
  settings: z.output<Settings>,
): ConfiguredProvider {
  const { name, routeId, channel, create, reports, trialReport, senderFault } = spec;
  const lane = spec.lane(settings);
  return {
    name,
    rules: {
      id: routeId,
      channel,
      provider: name,
      account: name,
      perSecond: lane.perSecond,
      maxWaitMs: MAX_WAIT_MS,
      reports: "push",
      ...spec.rules,
    },
    lane,
    create: (deps) => create(settings, deps),
    ...(reports ? { reports: (deps: ProviderDeps) => reports(settings, deps) } : {}),
    ...(trialReport ? { trialReport: (url: string, now: number) => trialReport(settings, url, now) } : {}),
    ...(senderFault ? { senderFault } : {}),
  };
}
