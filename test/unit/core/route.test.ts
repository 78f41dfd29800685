import { describe, expect, test } from "vitest";
import type { Attempt } from "../../../src/core/delivery.ts";
import { isBilled, mayTake, nextRoute, routePlan, worthAnotherRound } from "../../../src/core/route.ts";
import { aDelivery, anAttempt, aRoute, testRules } from "../../support/build.ts";

const rules = testRules();

describe("the plan", () => {
  const all = () => ({ carries: true, consented: true });

  test("keeps the wished order and names a route once", () => {
    const wished = ["second-sms", "seven-sms", "second-sms"];
    expect(routePlan(wished, rules, all)).toEqual({ plan: ["second-sms", "seven-sms"], skipped: [] });
  });

  test("says why a route was left out", () => {
    const check = (route: string) => ({ carries: route !== "seven-sms", consented: false });
    expect(routePlan(["seven-sms", "telegram-gateway", "pigeon", "second-sms"], rules, check)).toEqual({
      plan: ["second-sms"],
      skipped: [
        { route: "seven-sms", why: "content" },
        { route: "telegram-gateway", why: "consent" },
        { route: "pigeon", why: "unknown" },
      ],
    });
  });

  test("asks for consent only where the channel needs it, and for content first", () => {
    const none = () => ({ carries: false, consented: false });
    expect(routePlan(["telegram-gateway"], rules, none).skipped).toEqual([
      { route: "telegram-gateway", why: "content" },
    ]);
    const silent = () => ({ carries: true, consented: false });
    expect(routePlan(["seven-sms"], rules, silent).plan).toEqual(["seven-sms"]);
    expect(routePlan(["telegram-gateway"], rules, all).plan).toEqual(["telegram-gateway"]);
  });

  test("an unknown route is not asked about", () => {
    const check = () => {
      throw new Error("asked");
    };
    expect(routePlan(["pigeon"], rules, check).skipped).toEqual([{ route: "pigeon", why: "unknown" }]);
  });
});

describe("the next route", () => {
  const after = (...attempts: Partial<Attempt>[]) =>
    nextRoute(aDelivery({ attempts: attempts.map((a, n) => anAttempt({ number: n + 1, ...a })) }), rules);

  test("is the first of the plan that was not tried, also one that was passed over before", () => {
    expect(after()).toBe("seven-sms");
    expect(after({ state: "refused" })).toBe("telegram-gateway");
    expect(after({ state: "refused", route: "telegram-gateway" })).toBe("seven-sms");
    expect(after({}, { route: "second-sms" })).toBe("telegram-gateway");
    expect(after({}, { route: "telegram-gateway" }, { route: "second-sms" })).toBeUndefined();
  });

  test("is the one that does not reach the person last, unless nothing else can be called", () => {
    const next = (gone: string[], open: string[] = []) => {
      const conditions = (route: string) => ({ open: open.includes(route), waitMs: 0, quiet: false });
      return nextRoute(aDelivery(), rules, conditions, (route) => (gone.includes(route) ? false : undefined));
    };
    expect(next(["seven-sms"])).toBe("telegram-gateway");
    expect(next(["seven-sms", "telegram-gateway"])).toBe("second-sms");
    expect(next(["seven-sms", "telegram-gateway", "second-sms"])).toBe("seven-sms");
    expect(next(["seven-sms"], ["telegram-gateway", "second-sms"])).toBe("seven-sms");
    expect(next(["seven-sms"], ["seven-sms", "telegram-gateway", "second-sms"])).toBe("telegram-gateway");
  });

  test("is a quiet one after the others, but before one that does not reach the person", () => {
    const next = (quiet: string[], gone: string[] = []) => {
      const conditions = (route: string) => ({ open: false, waitMs: 0, quiet: quiet.includes(route) });
      return nextRoute(aDelivery(), rules, conditions, (route) => (gone.includes(route) ? false : undefined));
    };
    expect(next(["seven-sms"])).toBe("telegram-gateway");
    expect(next(["seven-sms", "second-sms"], ["telegram-gateway"])).toBe("seven-sms");
    expect(next(["seven-sms", "telegram-gateway", "second-sms"])).toBe("seven-sms");
  });

  test("is one that can be called now, or the first if none can", () => {
    const conditions = (open: string[]) => (route: string) => ({
      open: open.includes(route),
      waitMs: 0,
      quiet: false,
    });
    const next = (...open: string[]) => nextRoute(aDelivery(), rules, conditions(open));
    expect(next("seven-sms")).toBe("telegram-gateway");
    expect(next("seven-sms", "telegram-gateway")).toBe("second-sms");
    expect(next("seven-sms", "telegram-gateway", "second-sms")).toBe("seven-sms");
  });

  test.each([
    [{ state: "unavailable", detail: "connect" }, true],
    [{ state: "unavailable", detail: "absent" }, true],
    [{ state: "refused", detail: "recipient_unreachable" }, false],
    [{ state: "uncertain" }, false],
    [{ state: "undelivered" }, false],
  ] as const)("of a route that ended %j another round is worth it: %s", (attempt, worth) => {
    const delivery = aDelivery({ attempts: [anAttempt(attempt)] });
    expect(worthAnotherRound(delivery, rules)).toEqual(worth ? ["seven-sms"] : []);
  });

  test("a message that was not found counts as billed where nothing keeps its provider from a second one", () => {
    const absent = anAttempt({ state: "unavailable", detail: "absent" });
    const unlocked = testRules({ routes: [aRoute({ id: "seven-sms", lockMs: 0 })] });
    expect(isBilled(absent, rules)).toBe(false);
    expect(isBilled(absent, unlocked)).toBe(true);
    expect(worthAnotherRound(aDelivery({ attempts: [absent] }), unlocked)).toEqual([]);
  });

  test("a number that one SMS provider calls invalid is tried on no other, but a messenger may know it", () => {
    const invalid = { state: "refused", detail: "recipient_invalid" } as const;
    expect(after(invalid)).toBe("telegram-gateway");
    expect(after(invalid, { state: "refused", route: "telegram-gateway" })).toBeUndefined();
    const onTelegram = { ...invalid, route: "telegram-gateway" };
    expect(after({ state: "refused" }, onTelegram)).toBe("second-sms");
  });

  test("another refusal does not bar the channel", () => {
    const unreachable = { state: "refused", detail: "recipient_unreachable" } as const;
    expect(after(unreachable, { state: "refused", route: "telegram-gateway" })).toBe("second-sms");
  });

  test("a route that left the configuration is passed over", () => {
    const some = testRules({ routes: [aRoute({ id: "second-sms" })] });
    expect(nextRoute(aDelivery(), some)).toBe("second-sms");
    expect(nextRoute(aDelivery({ attempts: [anAttempt({ state: "refused" })] }), some)).toBe("second-sms");
  });

  test("one more may be taken while a route has not been paid twice and all have not been paid four times", () => {
    const paid = (...routes: string[]) =>
      aDelivery({
        attempts: routes.map((route, n) => anAttempt({ number: n + 1, route, state: "accepted" })),
      });
    expect(mayTake(paid("seven-sms"), "seven-sms", rules)).toBe(true);
    expect(mayTake(paid("seven-sms", "seven-sms"), "seven-sms", rules)).toBe(false);
    expect(mayTake(paid("a", "a", "b"), "seven-sms", rules)).toBe(true);
    expect(mayTake(paid("a", "a", "b", "b"), "seven-sms", rules)).toBe(false);
  });
});
