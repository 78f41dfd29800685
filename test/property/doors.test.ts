import fc from "fast-check";
import {
  getCountries,
  getCountryCallingCode,
  getExampleNumber,
  parsePhoneNumberFromString,
} from "libphonenumber-js/max";
import examples from "libphonenumber-js/mobile/examples";
import { expect, it } from "vitest";
import type { Client } from "../../src/flows/ports.ts";
import { aBundle, CODE, KEY, NUMBER } from "../unit/http/bundle.ts";

const SECRETS = /482913|17100000000|s3cr3t-of-cloud/;

/** Letters of the scripts that Nextcloud is translated to, with the signs that stand between words. */
const SCRIPTS = [
  "abcdefghijklmnopqrstuvwxyzäöüßéèêëàçñøåæœčšžłő",
  "абвгдежзийклмнопрстуфхцчшщъыьэюяіїєў",
  "αβγδεζηθικλμνξοπρστυφχψω",
  "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
  "אבגדהוזחטיכלמנסעפצקרשת",
  "कखगघचछजझटठडढणतथदधनपफबभम",
  "認証確認驗證碼番号登录您的是",
  "인증코드확인입니다당신의",
  "กขคงจฉชซญดตถทนบปผพฟมยรลวสหอ",
  "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
];
const word = fc
  .constantFrom(...SCRIPTS)
  .chain((script) => fc.array(fc.constantFrom(...Array.from(script)), { minLength: 1, maxLength: 9 }))
  .map((letters) => letters.join(""));
const words = fc.array(word, { maxLength: 5 }).map((list) => list.join(" "));
/** Some languages glue the code to what follows, some put signs around it. */
const glue = fc.constantFrom(" ", "", "\u00A0", ": ", "：", " – ", "「", "„", "`", " (", "، ", "-");
const code = fc.integer({ min: 0, max: 999_999 }).map((n) => String(n).padStart(6, "0"));

it("the code is found in a text of any language, and the name of the product makes it a login", async () => {
  const bundle = aBundle();
  const run = async (before: string, digits: string, after: string, around: string[], named: boolean) => {
    const name = named ? " Nextcloud " : " ";
    const text = `${before}${around[0]}${digits}${around[1]}${name}${after}`;
    const query = new URLSearchParams({ app: "ws", op: "pv", u: "cloud", h: KEY, to: NUMBER, msg: text });
    const { status } = await bundle.app.request(`/compat/playsms?${query.toString()}`);
    expect(status).toBe(200);
    const { content, purpose } = bundle.accepted.at(-1)!;
    expect([content.code, purpose]).toEqual([digits, named ? "login" : "enrolment"]);
  };
  await fc.assert(fc.asyncProperty(words, code, words, fc.tuple(glue, glue), fc.boolean(), run), {
    numRuns: 2_000,
  });
}, 30_000);

it("a text without a code is a test, and one with several has none", async () => {
  const bundle = aBundle();
  const ask = async (text: string) => {
    const query = new URLSearchParams({ to: NUMBER, text, key: KEY });
    expect((await bundle.app.request(`/compat/sms?${query.toString()}`)).status).toBe(200);
    return bundle.accepted.at(-1)!;
  };
  await fc.assert(
    fc.asyncProperty(word, words, code, code, async (first, rest, one, other) => {
      expect(await ask(`${first} Nextcloud ${rest}`)).toMatchObject({ purpose: "test" });
      expect((await ask(`${one} ${first} ${other} Nextcloud`)).content.code).toBeUndefined();
    }),
  );
}, 30_000);

const REGIONS = [undefined, "DE", "AT", "CH", "FR", "IT", "US", "GB", "AU", "BR", "CN", "PL", "RU", "SM"];
const clientOf = (region: string | undefined): Client => ({
  id: region ?? "none",
  name: "",
  region,
  consents: {},
});
const country = fc.constantFrom(...getCountries().filter((c) => getExampleNumber(c, examples)));
/** Real numbers of a country: its example with other last digits. */
const number = fc.tuple(country, fc.integer({ min: 0, max: 9_999 })).map(([c, n]) => {
  const national = getExampleNumber(c, examples)!.nationalNumber;
  return parsePhoneNumberFromString(
    `+${getCountryCallingCode(c)}${national.slice(0, -4)}${String(n).padStart(4, "0")}`,
  )!;
});
const SPELLINGS = [
  (n: Parsed) => n.number,
  (n: Parsed) => n.formatInternational(),
  (n: Parsed) => n.number.slice(1),
  (n: Parsed) => `00${n.number.slice(1)}`,
  (n: Parsed) => `00 ${n.formatInternational().slice(1)}`,
  (n: Parsed) => n.formatNational(),
  (n: Parsed) => n.nationalNumber,
  (n: Parsed) => `0${n.nationalNumber}`,
  (n: Parsed) => `+${n.countryCallingCode} (0)${n.nationalNumber}`,
  (n: Parsed) => ` ${n.number.replace(/(\d{2})(?=\d)/g, "$1\u00A0")} `,
  (n: Parsed) => n.formatInternational().replaceAll(" ", "-"),
  (n: Parsed) => n.formatInternational().replaceAll(" ", "."),
  (n: Parsed) => n.formatNational().replaceAll(/[ -]/g, "/"),
  (n: Parsed) => `${n.number},${n.number}`,
  (n: Parsed) => n.number.slice(0, 5),
  (n: Parsed) => `${n.number}00000`,
];
type Parsed = NonNullable<ReturnType<typeof parsePhoneNumberFromString>>;

it("1,000 spellings of numbers are what libphonenumber says, or refused: no country is guessed", async () => {
  const bundle = aBundle({
    clients: { authenticate: async (id) => clientOf(id === "none" ? undefined : id) },
  });
  const seen = { taken: 0, refused: 0 };
  const run = async (n: Parsed, spell: (n: Parsed) => string, region: string | undefined) => {
    const before = bundle.accepted.length;
    const typed = spell(n);
    const query = new URLSearchParams({ to: typed, text: "482913", key: `${region ?? "none"}.x` });
    const { status } = await bundle.app.request(`/compat/sms?${query.toString()}`);
    const [request] = bundle.accepted.slice(before);
    expect(status).toBe(request ? 200 : 400);
    seen[request ? "taken" : "refused"]++;
    if (!request) {
      expect(typed === n.number && n.isPossible()).toBe(false);
      return;
    }
    const digits = typed.replaceAll(/\D/g, "");
    const abroad = [
      digits,
      digits.replace(/^00/, ""),
      digits.replace(`${n.countryCallingCode}0`, n.countryCallingCode),
    ];
    const home = region === undefined ? undefined : parsePhoneNumberFromString(typed, region as "DE");
    const readings = [...abroad.map((d) => parsePhoneNumberFromString(`+${d}`)), home];
    expect(readings.filter((r) => r?.isPossible()).map((r) => r?.number)).toContain(request.recipient);
    const isMarked = typed.trim().startsWith("+") || digits.startsWith("00");
    if (region === undefined && !isMarked) expect(request.recipient).toBe(`+${digits}`);
  };
  const spelling = fc.constantFrom(...SPELLINGS);
  await fc.assert(fc.asyncProperty(number, spelling, fc.constantFrom(...REGIONS), run), { numRuns: 1_000 });
  expect(seen.taken).toBeGreaterThan(300);
  expect(seen.refused).toBeGreaterThan(150);
}, 60_000);

const scrap = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(NUMBER, CODE, KEY, `${NUMBER},${NUMBER}`, "0171 000 000 00", "482913 Nextcloud"),
);
const name = fc.constantFrom(
  ..."to text msg key p u h app op recipients message json delay ttl foreign_id msg_id id limit".split(" "),
);
const pair: fc.Arbitrary<[string, string]> = fc.tuple(name, scrap);
const whole = fc.constantFrom<[string, string][]>(
  [
    ["to", NUMBER],
    ["text", CODE],
  ],
  [
    ["recipients", NUMBER],
    ["message", CODE],
  ],
  [
    ["app", "ws"],
    ["op", "pv"],
    ["u", "cloud"],
    ["h", KEY],
    ["to", NUMBER],
    ["msg", CODE],
  ],
  [],
);
const fields = fc.tuple(whole, fc.array(pair, { maxLength: 4 })).map(([most, more]) => [...most, ...more]);
const pathOf = fc.constantFrom(
  "/compat/playsms",
  "/compat/signal/v2/send",
  `/compat/key/${KEY}/signal/v2/send`,
  `/compat/key/${KEY}/signal/v1/send/${NUMBER}`,
  `/compat/key/${KEY}/huawei/sms/send-sms`,
  "/compat/seven/api/sms",
  "/api/journal/outbound",
  "/api/status",
  "/api/balance",
  "/compat/sms",
  "/compat/privacyidea",
  "/compat/authentik",
  "/compat/keycloak",
  `/compat/key/${KEY}/zitadel`,
  "/compat/zitadel/cloud",
  "/compat/supabase/cloud",
);
const type = fc.constantFrom(
  "application/json",
  "application/x-www-form-urlencoded",
  "text/xml",
  "text/plain",
  "",
);
const raw = fc.oneof(
  fields.map((list) => JSON.stringify(Object.fromEntries(list))),
  fields.map((list) => new URLSearchParams(list).toString()),
  fc.tuple(scrap, scrap).map(([to, text]) =>
    JSON.stringify({
      To: to,
      Body: text,
      user: { phone: to },
      sms: { otp: text },
      contextInfo: { recipientPhoneNumber: to },
      templateData: { text },
      args: { code: text },
    }),
  ),
  fc.tuple(scrap, scrap).map(([to, text]) => `<r><Phone>${to}</Phone><Content>${text}</Content></r>`),
  fc.string({ unit: "binary" }),
);

it("10,000 random requests at front ends never end in 5xx, and say no secret in a refusal or the log", async () => {
  const bundle = aBundle();
  const auth = { authorization: `Bearer ${KEY}` };
  const run = async (path: string, how: "GET" | "POST", content: string, sent: string) => {
    const before = bundle.accepted.length;
    const query = how === "GET" ? `?${sent.replaceAll(/[#\p{Surrogate}]/gu, "")}` : "";
    const headers = content === "" ? auth : { ...auth, "content-type": content };
    const body = how === "GET" ? null : Buffer.from(sent);
    const response = await bundle.app.request(`http://otp.example.org${path}${query}`, {
      method: how,
      headers,
      body,
    });
    expect(response.status).toBeLessThan(500);
    const said = await response.text();
    const isTaken = bundle.accepted.length > before;
    if (isTaken) expect(response.status).toBeLessThan(300);
    else if (response.status >= 400 || said.includes("error")) expect(said).not.toMatch(SECRETS);
  };
  await fc.assert(fc.asyncProperty(pathOf, fc.constantFrom("GET", "POST"), type, raw, run), {
    numRuns: 10_000,
  });
  expect(bundle.accepted.length).toBeGreaterThan(20);
  expect(bundle.faults).toEqual([]);
  expect(JSON.stringify(bundle.answered)).not.toMatch(SECRETS);
}, 60_000);
