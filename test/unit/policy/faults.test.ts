import { describe, expect, test } from "vitest";
import { readPolicy } from "../../../src/policy/read.ts";
import { faultsOf, policyOf, twoRoutes } from "../../support/policy-ground.ts";

const lines = (...all: string[]) => all.join("\n");

describe("a fault is one sentence with file, line, column and path", () => {
  test.each<[string, string, string]>([
    [
      "a route that nobody knows",
      lines("routes:", "  pigeon: {}"),
      "2:3 routes/pigeon there is no route pigeon; routes: seven-sms, telegram-gateway",
    ],
    [
      "a misspelt route",
      "default: [seven-smss]",
      "1:11 default/0 there is no route seven-smss; did you mean seven-sms?",
    ],
    [
      "a route without a key",
      "default: [sandbox]",
      "1:11 default/0 sandbox has no key: set SANDBOX in the environment",
    ],
    [
      "a rate of 0",
      lines("routes:", "  seven-sms:", "    perSecond: 0"),
      "3:16 routes/seven-sms/perSecond must be at least 0.1; to send nothing, say use: false",
    ],
    [
      "a reach of 0",
      lines("routes:", "  seven-sms: { reach: 0 }"),
      "2:23 routes/seven-sms/reach must be at least 0.01; a route that reaches nobody is left out by use: false",
    ],
    [
      "a silence out of bounds",
      lines("routes:", "  seven-sms:", "    silenceMs: 999"),
      "3:16 routes/seven-sms/silenceMs must be a whole number from 1000 to 600000",
    ],
    [
      "a silence in words",
      lines("routes:", "  seven-sms:", "    silenceMs: 30s"),
      "3:16 routes/seven-sms/silenceMs must be a whole number from 1000 to 600000",
    ],
    [
      "an unknown country",
      lines("plans:", "  - country: 999", "    routes: [seven-sms]"),
      "2:14 plans/0/country/0 999 is no country's calling code",
    ],
    [
      "a country by its letters",
      lines("plans:", "  - country: DE", "    routes: [seven-sms]"),
      "2:14 plans/0/country must be a calling code of 1 to 3 digits, such as 49",
    ],
    [
      "a country twice in one plan",
      lines("plans:", "  - country: [49, 49]", "    routes: [seven-sms]"),
      "2:19 plans/0/country/1 names country 49 a second time",
    ],
    [
      "a silence for an unknown country",
      lines("routes:", "  seven-sms:", "    silenceMsByCountry: { 999: 5000 }"),
      "3:27 routes/seven-sms/silenceMsByCountry/999 999 is no country's calling code",
    ],
    [
      "a country with letters as a name",
      lines("routes:", "  seven-sms:", "    silenceMsByCountry: { de: 5000 }"),
      "3:27 routes/seven-sms/silenceMsByCountry/de must be a calling code of 1 to 3 digits, such as 49",
    ],
    [
      "a second plan for the same",
      lines(
        "plans:",
        "  - country: [43, 49]",
        "    routes: [seven-sms]",
        "  - country: 49",
        "    routes: [telegram-gateway]",
      ),
      "4:14 plans/1/country/0 is a second plan for country 49; the first is plans/0",
    ],
    [
      "a second plan for a client",
      lines("plans:", "  - client: a", "    routes: [seven-sms]", "  - client: a", "    routes: [seven-sms]"),
      "4:5 plans/1 is a second plan for client a; the first is plans/0",
    ],
    [
      "an empty plan",
      lines("plans:", "  - client: a", "    routes: []"),
      "3:13 plans/0/routes is empty: name at least one route, or leave the plan out",
    ],
    [
      "a plan without routes",
      lines("plans:", "  - client: a"),
      "2:5 plans/0/routes must be a list of routes",
    ],
    [
      "a plan for everybody",
      lines("plans:", "  - routes: [seven-sms]"),
      "2:5 plans/0 names neither client nor country nor purpose: that is what default is for",
    ],
    [
      "a route twice in one plan",
      "default: [seven-sms, seven-sms]",
      "1:22 default/1 names seven-sms a second time",
    ],
    [
      "a plan with a route out of use",
      lines("routes:", "  seven-sms: { use: false }", "default: [seven-sms]"),
      "3:11 default/0 seven-sms is not used: routes/seven-sms/use is false",
    ],
    [
      "nothing left in use",
      lines("routes:", "  seven-sms: { use: false }", "  telegram-gateway: { use: false }"),
      "1:1 routes leaves no route that is used: nothing could be delivered",
    ],
    [
      "a misspelt purpose",
      lines("plans:", "  - purpose: logon", "    routes: [seven-sms]"),
      "2:14 plans/0/purpose must be login, enrolment or test",
    ],
    [
      "a misspelt field",
      lines("routes:", "  seven-sms:", "    silenceMss: 5000"),
      "3:5 routes/seven-sms/silenceMss is no field; did you mean silenceMs?",
    ],
    ["a misspelt section", "plan: []", "1:1 plan is no field; did you mean plans?"],
    [
      "a secret",
      lines("routes:", "  seven-sms:", "    apiKey: hunter2"),
      "3:5 routes/seven-sms/apiKey may not stand here: keys and settings of the environment stay there",
    ],
    [
      "a setting of the environment",
      "SMS_SILENCE_MS: 5000",
      "1:1 SMS_SILENCE_MS may not stand here: keys and settings of the environment stay there",
    ],
    ["a section of the wrong kind", "plans: seven-sms", "1:8 plans must be a list of plans"],
    [
      "a route of the wrong kind",
      lines("routes:", "  seven-sms: 3"),
      "2:14 routes/seven-sms must be a mapping of names to values",
    ],
    [
      "a sender without quotes",
      lines("routes:", "  seven-sms:", "    sender: 4915112345"),
      "3:13 routes/seven-sms/sender must be a name or number in quotes",
    ],
    [
      "a sender that is too long",
      lines("routes:", "  seven-sms:", "    sender: TwelveLetter"),
      "3:13 routes/seven-sms/sender must be up to 11 letters and digits or up to 16 digits",
    ],
    [
      "a sender where none is shown",
      lines("routes:", "  telegram-gateway:", "    senderByCountry: { 49: Example }"),
      "3:28 routes/telegram-gateway/senderByCountry/49 telegram-gateway shows no sender of ours: leave it out",
    ],
    [
      "headroom of nothing",
      lines("routes:", "  seven-sms:", "    headroom: 0.2"),
      "3:15 routes/seven-sms/headroom is a share of perSecond: name that as well",
    ],
    [
      "a cap above the cap",
      lines("caps: { maxPaid: 2, maxPaidPerRoute: 3 }"),
      "1:38 caps/maxPaidPerRoute is above caps/maxPaid (2), so it can never be reached",
    ],
    [
      "a route's cap above the cap",
      lines("caps: { maxPaid: 2 }", "routes:", "  seven-sms: { maxPaid: 3 }"),
      "3:25 routes/seven-sms/maxPaid is above caps/maxPaid (2), so it can never be reached",
    ],
    [
      "a mode that does not exist",
      lines("clients:", "  cloud: { mode: watch }"),
      "2:18 clients/cloud/mode must be protect or observe",
    ],
    ["a name that stands twice", lines("caps: {}", "caps: {}"), "2:1 repeats a name that stands above"],
    ["no YAML", "routes: [", "1:10 is not YAML (bad indent)"],
    [
      "JSON with a fault",
      '{ "default": [\n  "pigeon" ] }',
      "2:3 default/0 there is no route pigeon; routes: seven-sms, telegram-gateway",
    ],
  ])("%s", (_, text, sentence) => {
    const [first, ...more] = faultsOf(text);
    expect(first).toBe(`p.yaml:${sentence}`);
    expect(more.filter((fault) => fault === first)).toEqual([]);
  });

  test("all are told at once, and no value is part of one", () => {
    const text = lines("routes:", "  seven-sms:", "    reach: hunter2", "    token: hunter3", "default: []");
    expect(faultsOf(text)).toHaveLength(3);
    expect(faultsOf(text).join()).not.toMatch(/hunter/);
    expect(faultsOf("routes: {hunter2: [").join()).not.toMatch(/hunter/);
  });

  test("a text that would grow without end is refused", () => {
    const bomb = Array.from({ length: 12 }, (_, i) => `a${i}: &a${i} [${`*a${i - 1}, `.repeat(i && 9)}x]`);
    expect(faultsOf(bomb.join("\n"))).toEqual(["p.yaml:1:1 uses too many aliases"]);
    expect(faultsOf(`#${"x".repeat(256_000)}`)).toEqual(["p.yaml:1:1 is longer than 256000 characters"]);
  });
});

describe("what is only warned of", () => {
  test("a shared account, and rates that differ in it", () => {
    const same = lines("routes:", "  telegram-gateway: { account: seven, perSecond: 10 }");
    expect(policyOf(same).warnings).toEqual([
      "p.yaml:2:32 routes/telegram-gateway/account is also the account of seven-sms: they share its rate and its faults",
    ]);
    expect(policyOf(same.replace("10 }", "5 }")).warnings[0]).toContain("their rates differ");
  });

  test("a plan of routes that all need consent", () => {
    const text = lines("plans:", "  - country: 49", "    routes: [telegram-gateway]");
    expect(policyOf(text).warnings[0]).toContain("3:13 plans/0/routes holds only routes that need consent");
  });

  test("clients that do not exist, where they can be asked", () => {
    const text = lines(
      "plans:",
      "  - client: cloud",
      "    routes: [seven-sms]",
      "clients:",
      "  pay: { mode: observe }",
    );
    const read = readPolicy(text, { path: "p.yaml", ground: twoRoutes(), clients: ["cloud"] });
    expect("policy" in read && read.policy.warnings).toEqual([
      "p.yaml:5:3 clients/pay there is no client pay yet; see otpost clients list",
    ]);
    expect(policyOf(text).warnings).toEqual([]);
  });
});
