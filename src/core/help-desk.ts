import type { Attempt, Delivery } from "./delivery.ts";
import { HELP_TEXTS, type HelpTexts } from "./help-desk-texts.ts";
import type { Language } from "./language.ts";
import type { RefusalReason } from "./outcome.ts";

/** What a help desk says to somebody who got no code, and what it can do next. Pure; neither code nor number. */
export type HelpDesk = {
  /** One sentence or two that can be read to the user as they are. */
  says: string;
  /** For the help desk itself, the likeliest first. */
  next: string[];
};

export type HelpContext = {
  language: Language;
  now: number;
  /** An instant as people say it, such as "09:05"; passed in, for this folder has no calendar. */
  clock: (at: number) => string;
};

/** A code that is left waits normally so long; longer is worth saying. */
const LONG_WAIT_MS = 10_000;

/** What is to be said of a delivery as it is now. */
export function helpOf(delivery: Delivery, context: HelpContext): HelpDesk {
  const texts = HELP_TEXTS[context.language];
  const told = { texts, context, delivery, ending: delivery.recipientMasked.slice(-2) };
  switch (delivery.state) {
    case "queued":
    case "sending":
      return waiting(told);
    case "sent":
      return sent(told);
    case "delivered":
      return delivered(told);
    case "verified":
      return { says: texts.verified(context.clock(delivery.verifiedAt ?? 0)), next: [texts.askNewLogin] };
    case "cancelled":
      return { says: texts.cancelled(context.clock(delivery.cancelledAt ?? 0)), next: [texts.askNewLogin] };
    case "expired":
      return expired(told);
    case "failed":
      return failed(told);
    case "unconfirmed":
      return unconfirmed(told);
  }
}

type Told = { texts: HelpTexts; context: HelpContext; delivery: Delivery; ending: string };

function waiting({ texts, context, delivery }: Told): HelpDesk {
  const { clock, now } = context;
  const { createdAt, expiresAt } = delivery;
  const isOver = now >= expiresAt;
  const last = delivery.attempts.findLast((a) => a.state === "refused" || a.state === "unavailable");
  const isLong = now - createdAt >= LONG_WAIT_MS;
  const says = last
    ? texts.otherRoute(clock(createdAt), clock(expiresAt))
    : isLong
      ? texts.inLine(clock(createdAt), clock(expiresAt))
      : texts.justAsked;
  return { says, next: isOver ? [texts.askNewLogin] : [texts.waitFor(clock(expiresAt)), texts.lookAtRoutes] };
}

function sent({ texts, context, delivery, ending }: Told): HelpDesk {
  const accepted = newest(delivery, (a) => a.acceptedAt !== undefined);
  const at = context.clock(accepted?.acceptedAt ?? delivery.createdAt);
  const isUnreachable = accepted?.reports.at(-1)?.status === "buffered";
  if (isUnreachable) return { says: texts.unreachable(at, ending), next: [texts.checkPhone, texts.resend] };
  const isSilent = delivery.attempts.some((a) => a.leftAt !== undefined);
  return isSilent
    ? { says: texts.silent(at, ending), next: [texts.checkPhone, texts.checkNumber(ending)] }
    : { says: texts.sent(at, ending), next: [texts.waitMinute, texts.checkNumber(ending), texts.resend] };
}

function delivered({ texts, context, delivery, ending }: Told): HelpDesk {
  const arrived = newest(delivery, (a) => a.deliveredAt !== undefined);
  const at = context.clock(arrived?.deliveredAt ?? delivery.endedAt ?? delivery.createdAt);
  const isLate = (arrived?.deliveredAt ?? 0) > delivery.expiresAt;
  return {
    says: isLate ? texts.deliveredLate(at, ending) : texts.delivered(at, ending),
    next: isLate
      ? [texts.askNewLogin, texts.checkPhone]
      : [texts.checkSpam, texts.checkNumber(ending), texts.otherPhone, texts.resend],
  };
}

/** Nobody took it in time: either it never left the line, or every try failed. */
function expired({ texts, context, delivery }: Told): HelpDesk {
  const { clock } = context;
  const tried = delivery.attempts.filter((a) => a.detail !== "stopped");
  return {
    says:
      tried.length === 0
        ? texts.expiredInLine(clock(delivery.expiresAt))
        : texts.expiredTrying(clock(delivery.expiresAt), tried.length),
    next: [texts.askNewLogin, texts.lookAtRoutes],
  };
}

/** Faults of the account are ours and no caller can do anything about them. */
const ACCOUNT: ReadonlySet<string> = new Set<RefusalReason>([
  "account_credit",
  "account_auth",
  "account_rights",
]);

function failed({ texts, context, delivery, ending }: Told): HelpDesk {
  const at = context.clock(delivery.endedAt ?? delivery.createdAt);
  const details = delivery.attempts.flatMap((a) => a.detail ?? []);
  if (details.some((d) => d === "recipient_invalid" || d === "recipient_unreachable")) {
    return { says: texts.numberRefused(at, ending), next: [texts.checkNumber(ending), texts.otherPhone] };
  }
  if (details.some((d) => ACCOUNT.has(d))) {
    return { says: texts.accountFault(at), next: [texts.tellOperator, texts.lookAtRoutes] };
  }
  if (delivery.attempts.some((a) => a.state === "undelivered")) {
    return { says: texts.undelivered(at, ending), next: [texts.checkPhone, texts.checkNumber(ending)] };
  }
  return { says: texts.failed(at), next: [texts.askNewLogin, texts.lookAtRoutes] };
}

function unconfirmed({ texts, context, delivery, ending }: Told): HelpDesk {
  const accepted = newest(delivery, (a) => a.acceptedAt !== undefined);
  if (!accepted) return { says: texts.doubtful, next: [texts.askNewLogin, texts.lookAtRoutes] };
  const at = context.clock(accepted.acceptedAt ?? delivery.createdAt);
  return {
    says: texts.unconfirmed(at, ending),
    next: [texts.checkPhone, texts.checkNumber(ending), texts.askNewLogin],
  };
}

function newest({ attempts }: Delivery, is: (attempt: Attempt) => boolean): Attempt | undefined {
  return attempts.findLast(is);
}

/** What is known where no delivery was found. */
export type NothingFound = {
  /** What was searched by; only of a number more is known. */
  by: "number" | "id" | "reference" | "message";
  /** Newest first; `code` is ours. */
  refusals: readonly { at: number; code: string }[];
  searchedSince: number;
  /** When the client in question, or any, last had something taken on. */
  lastSentAt?: number | undefined;
  lastLoginAt?: number | undefined;
};

/** Nothing found is an answer too: it was refused, or the cloud never asked for a code. */
export function helpWithNothing(found: NothingFound, { language, clock }: HelpContext): HelpDesk {
  const texts = HELP_TEXTS[language];
  if (found.by !== "number")
    return { says: texts.nothingUnder(clock(found.searchedSince)), next: [texts.searchByNumber] };
  const [refused] = found.refusals;
  if (refused) {
    const why = texts.refusals[refused.code] ?? texts.refusedOtherwise;
    return { says: texts.refused(clock(refused.at), why), next: [texts.afterRefusal, texts.tellOperator] };
  }
  const cloud = found.lastSentAt === undefined ? texts.cloudSilent : texts.cloudSent(clock(found.lastSentAt));
  return {
    says: texts.nothing(clock(found.searchedSince)),
    next: [
      texts.checkStoredNumber,
      texts.checkChosenMethod,
      `${texts.checkCloud} ${cloud}`,
      ...(found.lastLoginAt === undefined ? [] : [texts.workedBefore(clock(found.lastLoginAt))]),
    ],
  };
}
