import { handsetAt as gatewayapiHandsetAt, stepsOf as gatewayapiSteps } from "../twins/gatewayapi/plan.ts";
import type {
  GatewayApiAccepted,
  LedgerEntry,
  SevenAccepted,
  Stamped,
  TelegramAccepted,
} from "../twins/ledger-entry.ts";
import { handsetAt as sevenHandsetAt, stepsOf as sevenSteps } from "../twins/seven/plan.ts";
import { handsetAt as telegramHandsetAt, stepsOf as telegramSteps } from "../twins/telegram-gateway/plan.ts";

/** What a twin's ledger proves about one message. The service under test has no part in it. */

/** Accepts of the providers that drills know; a further one is a case in each switch below. */
export type Taken = Stamped<SevenAccepted> | Stamped<TelegramAccepted> | Stamped<GatewayApiAccepted>;

export const ROUTE_NAMES = ["seven-sms", "telegram-gateway", "gatewayapi-sms"] as const;
export type RouteName = (typeof ROUTE_NAMES)[number];

export function isTaken(entry: LedgerEntry): entry is Taken {
  return entry.event === "accepted";
}

/** What the person reads: by SMS a text, by Telegram the code alone. */
export function contentOf(one: Taken): string {
  switch (one.provider) {
    case "seven":
    case "gatewayapi":
      return one.text;
    case "telegram-gateway":
      return one.code;
  }
}

export type Copy = {
  route: RouteName;
  at: number;
  /** When the phone has it; undefined if never. */
  handsetAt: number | undefined;
  /** The last word in the reports that the provider posts; undefined where it posts none that is final. */
  reported: "delivered" | "undelivered" | undefined;
  /** The answer about it never came whole. */
  broken: boolean;
  /** In the provider's currency. */
  price: number;
};

export function toCopy(one: Taken): Copy {
  const { at, broken } = one;
  const said = { at, broken: broken !== undefined };
  switch (one.provider) {
    case "seven":
      return {
        ...said,
        route: "seven-sms",
        handsetAt: sevenHandsetAt(one),
        reported: reportedOf(one, sevenSteps(one)),
        price: one.price,
      };
    case "telegram-gateway":
      return {
        ...said,
        route: "telegram-gateway",
        handsetAt: telegramHandsetAt(one),
        reported: reportedOf(one, telegramSteps(one)),
        price: one.cost,
      };
    case "gatewayapi":
      return {
        ...said,
        route: "gatewayapi-sms",
        handsetAt: gatewayapiHandsetAt(one),
        // Without an address there is no report, and no record that could be asked either.
        reported: one.callbackUrl === undefined ? undefined : reportedOf(one, gatewayapiSteps(one)),
        price: one.cost,
      };
  }
}

/** Of all three providers. */
const NEGATIVE = new Set([
  "NOTDELIVERED",
  "EXPIRED",
  "REJECTED",
  "FAILED",
  "REVOKED",
  "UNDELIVERABLE",
  "DELETED",
  "SKIPPED",
]);

/** Of several final reports "delivered" is the strongest, as in the service's own rules. */
function reportedOf(
  { reports }: Taken,
  steps: readonly { status: string; about?: "forged" | "stray" }[],
): Copy["reported"] {
  // Known to the provider's journal, told to nobody.
  if (reports === "lost") return undefined;
  const said = steps.filter(({ about }) => about === undefined).map(({ status }) => status.toUpperCase());
  if (said.some((status) => status === "DELIVERED" || status === "READ")) return "delivered";
  return said.some((status) => NEGATIVE.has(status)) ? "undelivered" : undefined;
}
