import type { RefusalReason } from "../../core/outcome.ts";
import type { AccountProbe, ConfiguredProvider, RunningProvider } from "../../providers/provider.ts";
import type { Check, Finding } from "../finding.ts";

export type Account = {
  provider: ConfiguredProvider;
  running: Pick<RunningProvider, "probe">;
};

/** By provider: the setting that holds its key. Files name theirs themselves. */
const KEYS: Record<string, string> = {
  seven: "SEVEN_API_KEY",
  "telegram-gateway": "TELEGRAM_GATEWAY_TOKEN",
};

/** Each provider's account, and our clock beside the provider's. One call serves both. */
export function accountChecks(accounts: readonly Account[], now: () => number): Check[] {
  const real = accounts.filter(({ provider }) => provider.rules.channel !== "sandbox");
  return real.flatMap((account) => {
    const { name } = account.provider;
    let asked: Promise<Probed | undefined> | undefined;
    const ask = (signal: AbortSignal) => (asked ??= probe(account, now, signal));
    return [
      {
        name: `key-${name}`,
        run: async (signal) => {
          const said = await ask(signal);
          return [said ? judged(name, said.probe) : unasked(name)];
        },
      },
      { name: `clock-${name}`, run: async (signal) => clockFindings(name, await ask(signal)) },
    ] satisfies Check[];
  });
}

type Probed = { probe: AccountProbe; offMs: number | undefined };

async function probe(
  { running }: Account,
  now: () => number,
  signal: AbortSignal,
): Promise<Probed | undefined> {
  if (!running.probe) return undefined;
  const before = now();
  const said = await running.probe(signal);
  const at = said.kind === "unreachable" ? undefined : said.at;
  // A Date header is cut to whole seconds, so on average half a second behind.
  return { probe: said, offMs: at === undefined ? undefined : at + 500 - (before + now()) / 2 };
}

function unasked(name: string): Finding {
  return {
    level: "ok",
    what: `${name} has a key; a file names no call that tries it for free (otpost routes test)`,
  };
}

/** EUR or USD: some dozen messages, which is an hour of a small installation. */
const LOW_MICROS = 5_000_000;

function judged(name: string, said: AccountProbe): Finding {
  switch (said.kind) {
    case "works":
      return balanceFinding(name, said.balance);
    case "unreachable":
      return {
        level: "fail",
        what: `${name} cannot be reached (${said.why})`,
        why: "No code gets out by it.",
        todo:
          WAY[said.why] ??
          "See whether the provider has trouble, and whether a proxy or firewall stands in between.",
      };
    case "refused":
      return refusedFinding(name, said.reason, said.providerCode ?? "no code");
  }
}

/** What keeps a connection from being made, by the words of a call. */
const WAY: Record<string, string> = {
  dns: "See that a resolver answers on this machine.",
  connect: "Let this machine call out to port 443, or set OUTBOUND_PROXY.",
  tls: "See that no proxy breaks TLS up in between; its CA goes into NODE_EXTRA_CA_CERTS.",
};

function balanceFinding(name: string, balance: (AccountProbe & { kind: "works" })["balance"]): Finding {
  if (balance === undefined) return { level: "ok", what: `${name} takes the key` };
  const amount = `${(balance.micros / 1_000_000).toFixed(2)} ${balance.currency}`;
  const what = `${name} takes the key, and ${amount} are left`;
  if (balance.micros >= LOW_MICROS) return { level: "ok", what };
  const isEmpty = balance.micros <= 0;
  return {
    level: isEmpty ? "fail" : "warn",
    what,
    why: isEmpty ? "It refuses every message (code 500)." : "It lasts for a few dozen messages.",
    todo: `Charge the account at ${name}, and switch automatic charging on.`,
  };
}

function refusedFinding(name: string, reason: RefusalReason, code: string): Finding {
  const key = KEYS[name] ?? "its key";
  const todo: Partial<Record<RefusalReason, string>> = {
    account_auth: `Set ${key} to a key of that account that works.`,
    account_rights: RIGHTS[code] ?? `Give the key of ${name} its rights there.`,
    account_credit: `Charge the account at ${name}.`,
  };
  return {
    level: "fail",
    what: `${name} refuses the account (${code})`,
    why: "It refuses every code as well.",
    todo: todo[reason] ?? `Look at the account at ${name}.`,
  };
}

/** Source: docs.seven.io, return codes. */
const RIGHTS: Record<string, string> = {
  "901": "Set SEVEN_SIGN_REQUESTS=1 with the account's SEVEN_SIGNING_KEY, and see that the clock is right.",
  "902": "Tick sms, journal, balance and hooks for this key in seven's settings.",
  "903": "Add this machine's address to the key's allow list in seven's settings.",
};

/** Coarse: the header has whole seconds. */
const CLOCK_WARN_MS = 3_000;
/** From here on signed calls are refused, and times of reports say nothing. Source: docs.seven.io, signing. */
const CLOCK_FAIL_MS = 30_000;

function clockFindings(name: string, said: Probed | undefined): Finding[] {
  if (said?.offMs === undefined) return [];
  const size = Math.abs(said.offMs);
  if (size < CLOCK_WARN_MS)
    return [{ level: "ok", what: `our clock is that of ${name}, as far as it tells` }];
  return [
    {
      level: size < CLOCK_FAIL_MS ? "warn" : "fail",
      what: `our clock is ${Math.round(size / 1_000)} s ${said.offMs > 0 ? "behind" : "ahead of"} that of ${name}`,
      why: "From 30 s on seven refuses what is signed, and times of reports and codes are wrong.",
      todo: "timedatectl set-ntp true",
    },
  ];
}
