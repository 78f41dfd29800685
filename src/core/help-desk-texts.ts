import type { Language } from "./language.ts";

/** The sentences of the help desk, by language. `at` is an instant as people say it, `ending` two digits. */
export type HelpTexts = {
  justAsked: string;
  inLine: (at: string, until: string) => string;
  otherRoute: (at: string, until: string) => string;
  sent: (at: string, ending: string) => string;
  silent: (at: string, ending: string) => string;
  unreachable: (at: string, ending: string) => string;
  delivered: (at: string, ending: string) => string;
  deliveredLate: (at: string, ending: string) => string;
  verified: (at: string) => string;
  cancelled: (at: string) => string;
  expiredInLine: (at: string) => string;
  expiredTrying: (at: string, tries: number) => string;
  numberRefused: (at: string, ending: string) => string;
  accountFault: (at: string) => string;
  undelivered: (at: string, ending: string) => string;
  failed: (at: string) => string;
  unconfirmed: (at: string, ending: string) => string;
  doubtful: string;
  refused: (at: string, why: string) => string;
  refusedOtherwise: string;
  /** By our code for the refusal. */
  refusals: Readonly<Record<string, string>>;
  nothing: (since: string) => string;
  nothingUnder: (since: string) => string;
  searchByNumber: string;
  cloudSilent: string;
  cloudSent: (at: string) => string;
  workedBefore: (at: string) => string;
  askNewLogin: string;
  waitMinute: string;
  waitFor: (until: string) => string;
  resend: string;
  checkSpam: string;
  checkPhone: string;
  checkNumber: (ending: string) => string;
  otherPhone: string;
  lookAtRoutes: string;
  tellOperator: string;
  afterRefusal: string;
  checkStoredNumber: string;
  checkChosenMethod: string;
  checkCloud: string;
};

const ENGLISH: HelpTexts = {
  justAsked: "Your code is just being sent; please give it a few seconds.",
  inLine: (at, until) =>
    `Your code of ${at} is waiting to be sent because many people are logging in; it can still arrive until ${until}.`,
  otherRoute: (at, until) =>
    `The first way of sending your code of ${at} did not work, so we are trying another one; it can arrive until ${until}.`,
  sent: (at, ending) =>
    `Your code was handed to the telephone network at ${at} for the phone ending in ${ending}; we are waiting for the network to confirm it.`,
  silent: (at, ending) =>
    `Your code was handed to the telephone network at ${at} for the phone ending in ${ending}, but the network does not answer; please check that the phone is on and has reception.`,
  unreachable: (at, ending) =>
    `The network has had your code since ${at} but cannot reach the phone ending in ${ending}; please switch it on, or go where it has reception.`,
  delivered: (at, ending) =>
    `Your code reached the phone ending in ${ending} at ${at}, as its network reports; please look among blocked senders and spam.`,
  deliveredLate: (at, ending) =>
    `Your code reached the phone ending in ${ending} only at ${at}, when it was no longer valid; please log in again for a new one.`,
  verified: (at) => `Your code arrived and was entered at ${at}.`,
  cancelled: (at) => `The request for this code was taken back at ${at}, so nothing more was sent.`,
  expiredInLine: (at) =>
    `Your code could not be sent before it ended at ${at}, for the line was too long; please log in again for a new one.`,
  expiredTrying: (at, tries) =>
    `We tried ${tries === 1 ? "once" : `${tries} times`} to send your code but nothing worked before it ended at ${at}; please log in again for a new one.`,
  numberRefused: (at, ending) =>
    `At ${at} the telephone provider refused the number ending in ${ending}: it does not exist or cannot receive messages.`,
  accountFault: (at) => `Your code could not be sent at ${at} because of a fault on our side; we are on it.`,
  undelivered: (at, ending) =>
    `The network could not deliver your code to the phone ending in ${ending}, it told us at ${at}; please check that the phone is on, has reception and takes text messages.`,
  failed: (at) =>
    `Your code could not be sent: every way was tried by ${at} and none worked; please log in again for a new one.`,
  unconfirmed: (at, ending) =>
    `Your code was handed to the telephone network at ${at} for the phone ending in ${ending}, but the network never confirmed that it arrived.`,
  doubtful:
    "We cannot tell whether your code was sent, for the provider never answered; please log in again.",
  refused: (at, why) => `No code was sent at ${at}, because ${why}.`,
  refusedOtherwise: "the request was turned away",
  refusals: {
    recipient_limit: "too many codes were asked for with this number; please wait before the next one",
    prefix_limit: "too many numbers like this one were asked for at the same time; please try again later",
    client_limit: "your organisation has used up its codes for today",
    spend_cap: "your organisation has used up its money for codes today",
    country: "nothing is sent to numbers of this country",
    number_type: "this is not a number that can receive codes; please use a mobile number",
    blocked: "numbers of this range are blocked",
    busy: "too many people were logging in at once; please try again now",
    no_route: "there is no way to send this message to this number",
    unknown_route: "the sending system is set up wrongly",
    out_of_bounds: "the sending system asked for a code with an impossible life",
    idempotency_conflict: "the sending system repeated a request with another content",
  },
  nothing: (since) => `Since ${since} no code was asked for with this number.`,
  nothingUnder: (since) => `Since ${since} there has been no code under this name.`,
  searchByNumber: "Search by the telephone number, which finds refused requests as well.",
  cloudSilent: "It has sent nothing for anybody as far as we know.",
  cloudSent: (at) => `It last sent a code, to whatever number, at ${at}.`,
  workedBefore: (at) => `A login code last reached this number at ${at}.`,
  askNewLogin: "Ask the user to log in again: every login makes a new code.",
  waitMinute: "Wait a minute with the user; the next way is tried by itself.",
  waitFor: (until) => `Stay with the user: it is tried by itself until ${until}.`,
  resend: "Send it again: it goes to the same number by the next way.",
  checkSpam: "Let the user search all messages for the sender, also blocked senders, spam and a second SIM.",
  checkPhone: "Let the user switch flight mode on and off, and check reception and the message app.",
  checkNumber: (ending) => `Ask whether the phone's number ends in ${ending}.`,
  otherPhone: "Let the user choose another way to log in, such as backup codes, and correct the number.",
  lookAtRoutes: "Look at the routes: if many codes wait or fail, it is not this user's phone.",
  tellOperator: "Tell the operators; the user can do nothing about it.",
  afterRefusal: "Read the reason to the user; a new login asks again.",
  checkStoredNumber:
    "1. Is this the number that is stored in the user's account? Look for another spelling, or an old one.",
  checkChosenMethod:
    "2. Did the user choose the text message as second factor, or an app, or was the device remembered?",
  checkCloud: "3. Does the cloud send through this service at all?",
};

const GERMAN: HelpTexts = {
  justAsked: "Ihr Code wird gerade gesendet; bitte warten Sie einige Sekunden.",
  inLine: (at, until) =>
    `Ihr Code von ${at} Uhr wartet noch, weil sich gerade viele anmelden; er kann bis ${until} Uhr noch ankommen.`,
  otherRoute: (at, until) =>
    `Der erste Weg für Ihren Code von ${at} Uhr ging nicht, wir versuchen einen anderen; er kann bis ${until} Uhr ankommen.`,
  sent: (at, ending) =>
    `Ihr Code wurde um ${at} Uhr ans Telefonnetz übergeben, für das Telefon mit der Endung ${ending}; die Bestätigung des Netzes steht noch aus.`,
  silent: (at, ending) =>
    `Ihr Code wurde um ${at} Uhr ans Telefonnetz übergeben, für das Telefon mit der Endung ${ending}, aber das Netz meldet sich nicht; bitte prüfen Sie, ob das Telefon an ist und Empfang hat.`,
  unreachable: (at, ending) =>
    `Das Netz hat Ihren Code seit ${at} Uhr, erreicht aber das Telefon mit der Endung ${ending} nicht; bitte schalten Sie es ein oder gehen Sie dorthin, wo es Empfang hat.`,
  delivered: (at, ending) =>
    `Ihr Code kam um ${at} Uhr auf dem Telefon mit der Endung ${ending} an, so meldet es das Netz; bitte sehen Sie bei blockierten Absendern und im Spam nach.`,
  deliveredLate: (at, ending) =>
    `Ihr Code kam erst um ${at} Uhr auf dem Telefon mit der Endung ${ending} an, da galt er nicht mehr; bitte melden Sie sich neu an.`,
  verified: (at) => `Ihr Code kam an und wurde um ${at} Uhr eingegeben.`,
  cancelled: (at) =>
    `Die Anforderung dieses Codes wurde um ${at} Uhr zurückgenommen, es wurde nichts mehr gesendet.`,
  expiredInLine: (at) =>
    `Ihr Code konnte vor seinem Ende um ${at} Uhr nicht gesendet werden, die Schlange war zu lang; bitte melden Sie sich neu an.`,
  expiredTrying: (at, tries) =>
    `Wir haben ${tries === 1 ? "einmal" : `${tries}-mal`} versucht, Ihren Code zu senden, aber bis zu seinem Ende um ${at} Uhr ging nichts; bitte melden Sie sich neu an.`,
  numberRefused: (at, ending) =>
    `Um ${at} Uhr lehnte der Telefonanbieter die Nummer mit der Endung ${ending} ab: es gibt sie nicht, oder sie kann keine Nachrichten empfangen.`,
  accountFault: (at) =>
    `Ihr Code konnte um ${at} Uhr wegen eines Fehlers bei uns nicht gesendet werden; wir kümmern uns darum.`,
  undelivered: (at, ending) =>
    `Das Netz konnte Ihren Code nicht auf das Telefon mit der Endung ${ending} zustellen, meldete es um ${at} Uhr; bitte prüfen Sie, ob das Telefon an ist, Empfang hat und SMS annimmt.`,
  failed: (at) =>
    `Ihr Code konnte nicht gesendet werden: bis ${at} Uhr wurde jeder Weg versucht, keiner ging; bitte melden Sie sich neu an.`,
  unconfirmed: (at, ending) =>
    `Ihr Code wurde um ${at} Uhr ans Telefonnetz übergeben, für das Telefon mit der Endung ${ending}, aber das Netz hat nie bestätigt, dass er ankam.`,
  doubtful:
    "Wir wissen nicht, ob Ihr Code gesendet wurde, denn der Anbieter hat nie geantwortet; bitte melden Sie sich neu an.",
  refused: (at, why) => `Um ${at} Uhr wurde kein Code gesendet: ${why}.`,
  refusedOtherwise: "die Anfrage wurde abgewiesen",
  refusals: {
    recipient_limit: "für diese Nummer wurden zu viele Codes angefordert; bitte warten Sie bis zum nächsten",
    prefix_limit:
      "für zu viele ähnliche Nummern wurde gleichzeitig angefragt; bitte versuchen Sie es später wieder",
    client_limit: "Ihre Organisation hat die Codes für heute verbraucht",
    spend_cap: "Ihre Organisation hat das Geld für Codes heute verbraucht",
    country: "an Nummern dieses Landes wird nichts gesendet",
    number_type: "diese Nummer kann keine Codes empfangen; bitte nehmen Sie eine Mobilnummer",
    blocked: "Nummern dieses Bereichs sind gesperrt",
    busy: "zu viele meldeten sich zugleich an; bitte versuchen Sie es jetzt noch einmal",
    no_route: "es gibt keinen Weg, diese Nachricht an diese Nummer zu senden",
    unknown_route: "das sendende System ist falsch eingestellt",
    out_of_bounds: "das sendende System verlangte einen Code mit unmöglicher Gültigkeit",
    idempotency_conflict: "das sendende System wiederholte eine Anfrage mit anderem Inhalt",
  },
  nothingUnder: (since) => `Seit ${since} Uhr gab es keinen Code unter dieser Bezeichnung.`,
  searchByNumber: "Nach der Telefonnummer suchen, die auch abgewiesene Anfragen findet.",
  nothing: (since) => `Seit ${since} Uhr wurde für diese Nummer kein Code angefordert.`,
  cloudSilent: "Sie hat, soweit bekannt, noch für niemanden etwas gesendet.",
  cloudSent: (at) => `Zuletzt sandte sie um ${at} Uhr einen Code, an irgendeine Nummer.`,
  workedBefore: (at) => `Zuletzt kam um ${at} Uhr ein Code zur Anmeldung auf dieser Nummer an.`,
  askNewLogin: "Um eine neue Anmeldung bitten: jede macht einen neuen Code.",
  waitMinute: "Eine Minute mit dem Anrufer warten; der nächste Weg wird von selbst versucht.",
  waitFor: (until) => `Beim Anrufer bleiben: bis ${until} Uhr wird es von selbst versucht.`,
  resend: "Noch einmal senden: der Code geht auf dem nächsten Weg an dieselbe Nummer.",
  checkSpam:
    "Alle Nachrichten nach dem Absender durchsuchen lassen, auch blockierte Absender, Spam und eine zweite SIM.",
  checkPhone: "Flugmodus ein- und ausschalten lassen, Empfang und Nachrichten-App prüfen.",
  checkNumber: (ending) => `Fragen, ob die Nummer des Telefons auf ${ending} endet.`,
  otherPhone:
    "Einen anderen Weg zur Anmeldung wählen lassen, etwa Ersatzcodes, und die Nummer berichtigen lassen.",
  lookAtRoutes: "Die Wege ansehen: wenn viele Codes warten oder scheitern, liegt es nicht an diesem Telefon.",
  tellOperator: "Den Betrieb verständigen; der Anrufer kann nichts dagegen tun.",
  afterRefusal: "Dem Anrufer den Grund vorlesen; eine neue Anmeldung fragt wieder an.",
  checkStoredNumber:
    "1. Ist diese Nummer im Konto hinterlegt? Nach anderer Schreibweise oder alter Nummer sehen.",
  checkChosenMethod:
    "2. Wurde die SMS als zweiter Faktor gewählt, oder eine App, oder wurde das Gerät gemerkt?",
  checkCloud: "3. Sendet die Cloud überhaupt über diesen Dienst?",
};

export const HELP_TEXTS: Record<Language, HelpTexts> = { en: ENGLISH, de: GERMAN };
