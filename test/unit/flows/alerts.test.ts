import { describe, expect, test } from "vitest";
import { alertMessageId, ALERTS } from "../../../src/core/alert.ts";
import type { OperatorWord } from "../../../src/core/operator-word.ts";
import { alertOf, breakGlassUsed, testAlert, unauthenticReport } from "../../../src/flows/alerts.ts";
import type { FlowEvent, ServiceEvent } from "../../../src/flows/events.ts";

const AT = 1_700_000_000_000;
const word: OperatorWord = { kind: "stopped", by: "Kim", why: "outage", since: AT, until: AT + 1_800_000 };
const circuit = { kind: "circuit.moved", circuit: "route:seven-sms", at: AT } as const;
const account = { ...circuit, circuit: "account:seven", to: "open", why: "account_fault" } as const;

const EVENTS: [ServiceEvent, string, string, RegExp][] = [
  [{ ...circuit, to: "open", why: "slow" }, "circuit_opened", "warning", /too many calls were slow/],
  [{ ...circuit, to: "returning", why: "recovered" }, "circuit_recovered", "info", /nothing is left to do/],
  [
    { kind: "policy.reloaded", result: "refused", hash: "0a1b2c", faults: 2, at: AT },
    "policy_refused",
    "warning",
    /2 faults and the earlier policy still holds; otpost routes check/,
  ],
  [{ kind: "route.quiet", route: "seven-sms", to: "quiet", at: AT }, "route_quiet", "warning", /PUBLIC_URL/],
  [
    { kind: "route.quiet", route: "seven-sms", to: "speaking", at: AT },
    "route_speaks",
    "info",
    /nothing is left to do/,
  ],
  [{ ...account, fault: "account_credit" }, "account_fault", "critical", /no credit; top it up/],
  [{ ...account, fault: "account_auth" }, "account_fault", "critical", /key; set the right key/],
  [{ ...account, fault: "account_rights" }, "account_fault", "critical", /compare the key's rights/],
  [
    { kind: "word.said", route: "seven-sms", word },
    "word_set",
    "warning",
    /Kim stopped .* 30 min \(outage\)/,
  ],
  [
    { kind: "word.said", route: "seven-sms", word: { ...word, kind: "forced" } },
    "word_set",
    "info",
    /Kim forced .* 30 min/,
  ],
  [
    { kind: "word.ended", route: "seven-sms", word, how: "taken_back", by: "Lee", at: AT },
    "word_taken_back",
    "info",
    /^Lee took back/,
  ],
  [
    { kind: "word.ended", route: "seven-sms", word, how: "run_out", by: "Kim", at: AT },
    "word_run_out",
    "info",
    /time that Kim gave it is over/,
  ],
  [{ kind: "reconcile.done", jobs: 2, timers: 1, at: AT }, "reconcile_repaired", "warning", /2 jobs and 1/],
  [
    { kind: "events.disabled", clientId: "cloud", why: "gone", at: AT },
    "events_disabled",
    "warning",
    /client cloud are switched off.*410 Gone.*otpost events enable cloud/,
  ],
  [
    { kind: "events.disabled", clientId: "idp", why: "failing", at: AT },
    "events_disabled",
    "warning",
    /five days/,
  ],
  [{ kind: "conservation.broken", gap: -3, at: AT }, "conservation_broken", "critical", /differ by -3/],
];

describe("alerts", () => {
  test.each(EVENTS)("%o is told", (event, alert, severity, says) => {
    const raised = alertOf(event)!;
    expect(raised).toMatchObject({ alert, severity, says: expect.stringMatching(says), at: AT });
    expect(raised.says).toMatch(/^[A-Z0-9].*[a-z.`]\.?$/);
    expect(alertMessageId(raised)).toMatch(/^[A-Za-z0-9_.-]{1,160}$/);
    expect(alertOf(structuredClone(event))).toEqual(raised);
  });

  test("have another id for another change, and the same one for the same", () => {
    const ids = EVENTS.map(([event]) => alertOf(event)!).map(alertMessageId);
    expect(new Set(ids).size).toBe(EVENTS.length - 3);
    const later = alertOf({ ...circuit, to: "open", why: "slow", at: AT + 1 })!;
    expect(ids).not.toContain(alertMessageId(later));
  });

  test("are not made of what happens in every delivery's life", () => {
    const events: FlowEvent[] = [
      { kind: "accept.repeated", deliveryId: "d", clientId: "c" },
      { kind: "reconcile.repaired", deliveryId: "d", what: "job" },
      { kind: "route.rests", route: "r", restMs: 1 },
      { ...circuit, to: "closed", why: "recovered" },
    ];
    expect(events.map(alertOf)).toEqual(events.map(() => undefined));
  });

  test("that may come in floods are quiet for a while, but each is a message of its own", () => {
    const [first, second] = [unauthenticReport("seven", AT), unauthenticReport("seven", AT + 600_000)];
    expect([first.id, first.quietMs]).toEqual([second.id, 600_000]);
    expect(alertMessageId(first)).not.toBe(alertMessageId(second));
  });

  test("the break-glass login is told each time, a tool that uses its token once a day", () => {
    const told = (how: "login" | "bearer", id: string) => breakGlassUsed({ how, from: "10.0.0.1", id }, AT);
    expect(told("login", "a").id).not.toBe(told("login", "b").id);
    expect([told("login", "a").quietMs, told("bearer", "a").quietMs]).toEqual([undefined, 86_400_000]);
    expect(told("bearer", "a").id).toBe(told("bearer", "b").id);
    expect(told("login", "a").says).toContain("from 10.0.0.1");
  });

  test("all names are used", () => {
    const events = EVENTS.map(([event]) => alertOf(event)!.alert);
    const use = { how: "login", from: "10.0.0.1", id: "u" } as const;
    const asked = [unauthenticReport("seven", AT), breakGlassUsed(use, AT), testAlert("t", AT)];
    const named = new Set([...events, ...asked.map(({ alert }) => alert)]);
    expect([...named].toSorted()).toEqual([...ALERTS].toSorted());
  });
});
