import type { OrderFact } from "./route-order.ts";

/** Why a route came first, in a sentence: "seven-sms first: 97 % of 240 arrived in +49 within the last hour". */
export function orderWords(fact: OrderFact): string {
  const { route, callingCode, why, over } = fact;
  const own = `${shareWords(fact)} in +${callingCode} within the last hour`;
  if (why === "probe")
    return `${route} first, one of the few that find out how it is now: ${own}${overWords(over)}.`;
  return `${route} first: ${own}${overWords(over)}${END[why]}.`;
}

const END = {
  plan: "",
  arrives: ", too large a difference to begin with that one",
  cheaper: ", too small a difference to pay more",
} as const;

function overWords(over: OrderFact["over"]): string {
  if (over === undefined) return "";
  const price = over.price === undefined ? "" : over.price === "dearer" ? " but dearer" : " and cheaper";
  return `; ${over.route} ${shareWords(over)}${price}`;
}

function shareWords({ arrived, judged }: { arrived: number; judged: number }): string {
  if (judged === 0) return "nothing is known";
  return `${Math.round((arrived / judged) * 100)} % of ${judged} arrived`;
}
