import type { SevenAct } from "../behaviour.ts";
import type { Faults } from "../faults.ts";
import type { Ledger } from "../ledger.ts";
import { magicRow } from "../magic.ts";
import type { createSilentQueue } from "../pace.ts";
import type { Messages } from "./messages.ts";
import type { SevenMessage } from "./plan.ts";
import type { SevenRecipient } from "./recipient.ts";
import { lockKey } from "./reload-lock.ts";
import type { createReloadLock } from "./reload-lock.ts";
import { DEFAULT_TTL_MS } from "./rules.ts";
import type { Channel } from "./rules.ts";

/** What a send says about all of its recipients. */
export type Letter = {
  channel: Channel;
  sender: string;
  text: string;
  foreignId: string | undefined;
  label: string | undefined;
  ttlMs: number | undefined;
  /** Price for one recipient, EUR. */
  price: number;
  /** 0, or the instant before which it must not go out. */
  notBefore: number;
  /** The deprecated `no_reload` switches the lock off for one call. */
  locked: boolean;
};

/** What became of one recipient. `numbers` and `null` are the odd types of a magic number. */
export type Verdict =
  | { kind: "accepted"; message: SevenMessage; durable: Promise<void>; ids: "strings" | "numbers" | "null" }
  | { kind: "refused"; recipient: string; code: string; types: "strings" | "numbers" };

/** The account's memory that a decision looks at and changes. */
export type JudgeDeps = {
  ledger: Ledger;
  faults: Faults;
  messages: Messages;
  queue: ReturnType<typeof createSilentQueue>;
  lock: ReturnType<typeof createReloadLock>;
};

/** What the twin does with this number: its magic, else the run's dice. */
export function actFor(recipient: SevenRecipient, faults: Faults): SevenAct {
  const row = faults.script().magic ? magicRow(recipient.value) : undefined;
  if (row !== undefined) return row.seven;
  const fault = faults.roll();
  if (fault === undefined) return { act: "send", reports: faults.plan(recipient.value) };
  if (fault.kind === "refuse") return { act: "refuse", code: faults.script().refuseCode };
  return { act: "break", how: fault.how, accepted: fault.accepted };
}

/** Takes or refuses one recipient. The lock is held before the ledger is awaited, so a race finds it. */
export function judge(deps: JudgeDeps, letter: Letter, recipient: SevenRecipient, act: SevenAct): Verdict {
  const { faults, lock } = deps;
  if (recipient.kind === "invalid") return refuse(deps, recipient.value, "202");
  if (act.act === "refuse") return refuse(deps, recipient.value, act.code, act.types);
  if (faults.balance() < faults.price(recipient.value, letter.price))
    return refuse(deps, recipient.value, "500");
  const key = lockKey(letter.channel, recipient.value, letter.text);
  const locking = letter.locked && faults.script().reloadLock;
  if (locking && !lock.take(key, Date.now(), faults.script().reloadLockMs))
    return refuse(deps, recipient.value, "402");
  const { message, durable } = accept(deps, letter, recipient.value, act);
  // A message that could not be written down was not taken; the caller gets a 500 and may come again.
  const settled = durable.catch((error: unknown) => {
    lock.release(key);
    deps.messages.drop(message);
    throw error;
  });
  return {
    kind: "accepted",
    message,
    durable: settled,
    ids: act.act === "send" ? (act.ids ?? "strings") : "strings",
  };
}

/** Writes the refusal down without waiting: nothing was taken, so nothing can be lost. */
export function refuse(
  { ledger }: JudgeDeps,
  recipient: string,
  code: string,
  types: "strings" | "numbers" = "strings",
): Verdict & { kind: "refused" } {
  ledger.note({ provider: "seven", event: "refused", recipient, reason: code });
  return { kind: "refused", recipient, code, types };
}

/** Everything that later reports depend on is fixed here, so a changed script leaves old messages alone. */
function accept(
  { ledger, faults, messages, queue }: JudgeDeps,
  letter: Letter,
  recipient: string,
  act: SevenAct,
) {
  const { ratePerSecond, reportDelayMs, lateMs, ttlScale } = faults.script();
  const { price: usual, notBefore, locked: _, ...said } = letter;
  const price = faults.price(recipient, usual);
  const now = Date.now();
  faults.spend(price);
  const { entry, durable } = ledger.append(
    {
      provider: "seven",
      event: "accepted",
      ...said,
      recipient,
      price,
      delayed: notBefore > now,
      providerMessageId: messages.newId(),
      reports: act.act === "send" ? act.reports : "normal",
      reportDelayMs,
      lateMs,
      handOverAt: queue.enter(Math.max(now, notBefore), ratePerSecond),
      ttlEndAt: now + (letter.ttlMs ?? DEFAULT_TTL_MS) * ttlScale,
      ...(act.act === "break" ? { broken: act.how } : {}),
    },
    now,
  );
  messages.add(entry);
  return { message: entry, durable };
}
