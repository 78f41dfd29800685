/** What a check found out. Whoever reads it must know what to do without a second look. */
export type Finding =
  | { level: "ok"; what: string }
  | {
      /** `fail`: codes do not get through. `warn`: they may not. `note`: good to know. */
      level: "note" | "warn" | "fail";
      what: string;
      why: string;
      todo: string;
    };

/** One question to the installation. Never throws for what it was made to find. */
export type Check = { name: string; run: (signal: AbortSignal) => Promise<Finding[]> };

export type Checked = Finding & { check: string };

/** In order, one after the other: later checks may use what earlier ones learned, and none disturbs another. */
export async function runChecks(checks: readonly Check[]): Promise<Checked[]> {
  const found: Checked[] = [];
  // Each of their questions has an end of its own.
  const { signal } = new AbortController();
  for (const { name, run } of checks) found.push(...named(name, await run(signal)));
  return found;
}

export type Together = {
  /** For all of them; what has no result by then says so in its place. */
  withinMs: number;
  /** Told as each one ends, in the order of the ends. */
  onDone?: (name: string, found: readonly Checked[]) => void;
};

/** Side by side: one that hangs or breaks takes no other along. @returns in the order of the checks */
export async function runTogether(
  checks: readonly Check[],
  { withinMs, onDone }: Together,
): Promise<Checked[]> {
  const over = AbortSignal.timeout(withinMs);
  // One listener for all: a signal warns of more than ten.
  const timeUp = new Promise<Finding[]>((resolve) => {
    over.addEventListener("abort", () => resolve([late(withinMs)]), { once: true });
  });
  const all = checks.map(async (check) => {
    const found = named(check.name, await Promise.race([ended(check, over), timeUp]));
    onDone?.(check.name, found);
    return found;
  });
  return (await Promise.all(all)).flat();
}

export function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ level }) => level !== "fail");
}

function named(check: string, findings: readonly Finding[]): Checked[] {
  return findings.map((finding) => ({ ...finding, check }));
}

async function ended({ run }: Check, over: AbortSignal): Promise<Finding[]> {
  try {
    return await run(over);
  } catch (error) {
    return [broken(error)];
  }
}

function late(withinMs: number): Finding {
  return {
    level: "warn",
    what: `no result within ${Math.round(withinMs / 1_000)} s`,
    why: "Nothing is known of it: what it asks did not answer.",
    todo: "Try again, with --timeout 60 where the network is slow.",
  };
}

/** The words of an error may hold an address with a password in it; its name and code hold neither. */
function broken(error: unknown): Finding {
  const code = error instanceof Error && "code" in error ? ` ${String(error.code)}` : "";
  return {
    level: "warn",
    what: `the look itself failed (${error instanceof Error ? error.name : "unknown"}${code})`,
    why: "Nothing is known of it; the other findings hold.",
    todo: "Tell the authors of otpost, with this line.",
  };
}
