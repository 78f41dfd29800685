import { describe, expect, test } from "vitest";
import { planFor } from "../../../src/core/plan.ts";
import { patienceMs, routeRules, senderOf } from "../../../src/core/rules.ts";
import { policyDiff } from "../../../src/policy/diff.ts";
import { explain } from "../../../src/policy/explain.ts";
import { withoutFile } from "../../../src/policy/ground.ts";
import { policyOf, twoRoutes } from "../../support/policy-ground.ts";

const FILE = `
routes:
  seven-sms:
    perSecond: 20
    headroom: 0.25
    silenceMsByCountry: { "+49": 20000 }
    sender: Example
    senderByCountry: { 1: "+15551234567" }
    maxPaid: 1
  telegram-gateway: { use: false }
plans:
  - { client: cloud, country: 49, purpose: login, routes: [seven-sms] }
`;

describe("the file over the environment", () => {
  test("wins where it speaks; the rest stays the environment's", () => {
    const ground = twoRoutes({ SMS_SILENCE_MS: "25000", SMS_SILENCE_MS_BY_COUNTRY: "43:9000" });
    const { rules, order, hash } = policyOf(FILE, ground);
    const seven = routeRules(rules, "seven-sms");
    expect(seven).toMatchObject({ perSecond: 15, silenceMs: 25_000, maxWaitMs: 8_000, account: "seven" });
    expect(patienceMs(seven, { callingCode: "49" })).toBe(20_000);
    expect(patienceMs(seven, { callingCode: "43" })).toBe(25_000);
    expect(senderOf(seven, { callingCode: "1" })).toBe("+15551234567");
    expect(senderOf(seven, {})).toBe("Example");
    expect(senderOf(routeRules(rules, "telegram-gateway"), {})).toBeUndefined();
    expect(rules.maxPaid).toBe(4);
    expect(order).toEqual(["seven-sms"]);
    expect(hash).toMatch(/^[0-9a-f]{12}$/);
  });

  test("an empty file, or one of comments, changes nothing", () => {
    const ground = twoRoutes();
    for (const text of ["", "# nothing yet\n", "{}"]) {
      expect(policyDiff(withoutFile(ground), policyOf(text, ground))).toEqual([]);
    }
  });

  test("a route out of use stays known, so that what is out there can end", () => {
    const { rules } = policyOf(FILE);
    expect(routeRules(rules, "telegram-gateway").withdrawn).toBe(true);
  });
});

describe("the plan that says most wins", () => {
  const say = (subject: object, route: string) => ({ ...subject, routes: [route] });
  const plans = [
    say({ purpose: "login" }, "purpose"),
    say({ callingCodes: ["43", "49"] }, "country"),
    say({ callingCodes: ["49"], purpose: "login" }, "country purpose"),
    say({ client: "c" }, "client"),
    say({ client: "c", purpose: "login" }, "client purpose"),
    say({ client: "c", callingCodes: ["49"] }, "client country"),
    say({ client: "c", callingCodes: ["49"], purpose: "login" }, "all"),
  ];

  test.each([
    ["c", "49", "login", "all"],
    ["c", "49", "test", "client country"],
    ["c", "1", "login", "client purpose"],
    ["c", "1", "test", "client"],
    ["d", "49", "login", "country purpose"],
    ["d", "43", "test", "country"],
    ["d", "1", "login", "purpose"],
    ["d", "1", "test", undefined],
    ["d", undefined, "test", undefined],
  ] as const)("client %s, country %s, %s: %s", (clientId, callingCode, purpose, wanted) => {
    for (const order of [plans, plans.toReversed()]) {
      expect(planFor(order, { clientId, callingCode, purpose })?.routes[0]).toBe(wanted);
    }
  });
});

test("explain tells plan, figures and why a route is left out, without the number", () => {
  const policy = policyOf(FILE);
  const subject = { clientId: "cloud", callingCode: "49", purpose: "login" } as const;
  const text = explain(policy, subject).join("\n");
  expect(text).toContain("Plan    client cloud, country 49, purpose login");
  expect(text).toMatch(/1\. seven-sms\n {5}in\n {5}silence {2}20000 ms/);
  expect(text).toContain("sender   Example");
  expect(text).toContain("rate     15 a second, account seven");
  expect(text).toContain("telegram-gateway: left out, the policy does not use it");
  const other = explain(policyOf("default: [telegram-gateway]"), subject).join("\n");
  expect(other).toContain("in, if the recipient has agreed");
  expect(other).toContain("seven-sms: left out, this plan does not name it");
});

test("diff tells each figure, cap, mode and plan that would change, and nothing else", () => {
  const after = policyOf(`${FILE}caps: { maxPaid: 3 }\nclients: { pay: { mode: observe } }\n`);
  expect(policyDiff(withoutFile(twoRoutes()), after)).toEqual([
    "routes/seven-sms/perSecond: 10 -> 15",
    "routes/seven-sms/silenceMsByCountry: none -> 49: 20000",
    "routes/seven-sms/maxPaid: 2 -> 1",
    "routes/seven-sms/sender: the provider's own -> Example",
    "routes/seven-sms/senderByCountry: none -> 1: +15551234567",
    "routes/telegram-gateway/use: true -> false",
    "caps/maxPaid: 4 -> 3",
    "clients/pay/mode: protect -> observe",
    ...[
      "other clients, other countries",
      "other clients, country 49",
      "client cloud, other countries",
    ].flatMap((who) =>
      ["login", "enrolment", "test"].map(
        (purpose) => `plan of ${who}, ${purpose}: seven-sms, telegram-gateway -> seven-sms`,
      ),
    ),
    ...["login", "enrolment", "test"].map(
      (purpose) => `plan of client cloud, country 49, ${purpose}: seven-sms, telegram-gateway -> seven-sms`,
    ),
  ]);
  expect(policyDiff(after, after)).toEqual([]);
});
