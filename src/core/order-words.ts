import type { Language } from "./language.ts";
import type { OrderFact } from "./route-order.ts";

/** Why a route came first, in a sentence: "seven-sms first: 97 % of 240 arrived in +49 within the last hour". */
export function orderWords(fact: OrderFact, language: Language = "en"): string {
  const { route, callingCode, why, over } = fact;
  const texts = TEXTS[language];
  const own = texts.own(texts.share(fact), callingCode);
  const rival = over === undefined ? "" : `; ${over.route} ${texts.share(over)}${priceOf(texts, over)}`;
  return why === "probe" ? texts.probe(route, `${own}${rival}`) : texts.first(route, `${own}${rival}`, why);
}

type Shown = { arrived: number; judged: number };
type Texts = {
  own: (share: string, callingCode: string) => string;
  share: (shown: Shown) => string;
  dearer: string;
  cheaper: string;
  probe: (route: string, facts: string) => string;
  first: (route: string, facts: string, why: "plan" | "arrives" | "cheaper") => string;
};

const END_EN = {
  plan: "",
  arrives: ", too large a difference to begin with that one",
  cheaper: ", too small a difference to pay more",
} as const;

const END_DE = {
  plan: "",
  arrives: ", ein zu großer Unterschied, um mit jenem anzufangen",
  cheaper: ", ein zu kleiner Unterschied, um mehr zu zahlen",
} as const;

const TEXTS: Record<Language, Texts> = {
  en: {
    own: (share, callingCode) => `${share} in +${callingCode} within the last hour`,
    share: (shown) =>
      shown.judged === 0 ? "nothing is known" : `${percent(shown)} of ${shown.judged} arrived`,
    dearer: " but dearer",
    cheaper: " and cheaper",
    probe: (route, facts) => `${route} first, one of the few that find out how it is now: ${facts}.`,
    first: (route, facts, why) => `${route} first: ${facts}${END_EN[why]}.`,
  },
  de: {
    own: (share, callingCode) => `${share} in +${callingCode} in der letzten Stunde`,
    share: (shown) =>
      shown.judged === 0 ? "nichts ist bekannt" : `${percent(shown)} von ${shown.judged} kamen an`,
    dearer: ", aber teurer",
    cheaper: " und billiger",
    probe: (route, facts) =>
      `${route} zuerst, einer der wenigen, die zeigen, wie es dort jetzt ist: ${facts}.`,
    first: (route, facts, why) => `${route} zuerst: ${facts}${END_DE[why]}.`,
  },
};

function priceOf(texts: Texts, { price }: NonNullable<OrderFact["over"]>): string {
  return price === undefined ? "" : texts[price];
}

function percent({ arrived, judged }: Shown): string {
  return `${Math.round((arrived / judged) * 100)} %`;
}
