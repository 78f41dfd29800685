import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aDoorsBundle, type DoorsBundle } from "../../support/doors-bundle.ts";
import { DRIVERS, type Driver } from "../../support/nextcloud.ts";
import { aNumber } from "../../support/store-bundle.ts";

const LIMIT = 3;
const code = () => String(randomInt(100_000, 1_000_000));
const login = (digits = code()) => `${digits} is your Nextcloud authentication code`;

let bundle: DoorsBundle;
beforeAll(async () => {
  bundle = await aDoorsBundle({ limits: { per10Min: LIMIT, perDay: 0 } });
});
afterAll(() => bundle.close());

const send = (driver: Driver, to: string, text: string, target = bundle.target) =>
  driver.send(target, to, text);
const taken = async () => (await bundle.flows.counts())["accepted"] ?? 0;

describe.each(DRIVERS)("$name", (driver) => {
  test("a login code is taken on as it was typed, with its front end", async () => {
    const [to, text] = [aNumber(), login("012345")];
    expect(await send(driver, to, text)).toBe("sent");
    expect(await bundle.newest()).toMatchObject({
      recipient: to,
      content: { code: "012345", text },
      door: driver.door,
      purpose: "login",
    });
  });

  test.each([
    ["with spaces", (n: string) => `${n.slice(0, 3)} ${n.slice(3, 6)} ${n.slice(6)}`],
    ["with 00", (n: string) => `00${n.slice(1)}`],
    ["bare, which is base64 for a Signal group as well", (n: string) => n.slice(1)],
    ["national, with a slash", (n: string) => `0${n.slice(3, 6)}/${n.slice(6)}`],
    ["with (0)", (n: string) => `+49 (0)${n.slice(3)}`],
    ["with no-break spaces", (n: string) => `+49\u00A0${n.slice(3, 6)}\u00A0${n.slice(6)}`],
  ])("a number %s reaches its person", async (_how, typed) => {
    const to = aNumber();
    expect(await send(driver, typed(to), login())).toBe("sent");
    expect((await bundle.newest()).recipient).toBe(to);
  });

  test.each([
    'Dein Bestätigungscode für Nextcloud & „Freunde“ <lautet> 482913 – 100% "gültig" + mehr',
    "код 482913 Nextcloud ✓ 🔑",
    "482913 は Nextcloud の認証コードです",
    "رمز Nextcloud هو 482913",
  ])("the text %s survives the way", async (text) => {
    expect(await send(driver, aNumber(), text)).toBe("sent");
    expect((await bundle.newest()).content).toEqual({ code: "482913", text });
  });

  test("enrolment and test are told apart", async () => {
    await send(driver, aNumber(), `${code()} is your verification code.`);
    expect((await bundle.newest()).purpose).toBe("enrolment");
    await send(driver, aNumber(), `${code()} is your Nextcloud verification code.`);
    expect((await bundle.newest()).purpose).toBe("enrolment");
    await send(driver, aNumber(), "Two Factor Gateway test message");
    expect(await bundle.newest()).toMatchObject({ purpose: "test", content: { code: undefined } });
  });

  test.each(["anna", "-1001234567", "@name", "cloud@example.org", "0171", "+49 171 1,+49 171 2", "12345"])(
    "%s is refused and nothing is taken on",
    async (to) => {
      const before = await taken();
      expect(await send(driver, to, login())).toBe("refused");
      expect(await taken()).toBe(before);
    },
  );

  test("a bad key is refused", async () => {
    const before = await taken();
    const bad = { ...bundle.target, secret: "x".repeat(43) };
    expect(await send(driver, aNumber(), login(), bad)).toBe("refused");
    expect(await send(driver, aNumber(), login(), { ...bundle.target, clientId: "nobody" })).toBe("refused");
    expect(await taken()).toBe(before);
  });

  test("a reload is a success and sends nothing more, another code is another delivery", async () => {
    const [to, text] = [aNumber(), login()];
    const before = await taken();
    expect(await send(driver, to, text)).toBe("sent");
    expect(await send(driver, to, text)).toBe("sent");
    expect(await taken()).toBe(before + 1);
    expect(await send(driver, to, login())).toBe("sent");
    expect(await taken()).toBe(before + 2);
  });

  test("a limit is refused, and the code that its person holds is still a success", async () => {
    const to = aNumber();
    const texts = Array.from({ length: LIMIT }, () => login());
    for (const text of texts) expect(await send(driver, to, text)).toBe("sent");
    expect(await send(driver, to, login())).toBe("refused");
    expect(await send(driver, to, texts[LIMIT - 1]!)).toBe("sent");
    expect(bundle.flows.events.at(-2)).toMatchObject({
      kind: "accept.refused",
      code: "recipient_limit",
      door: driver.door,
    });
  });
});

describe("while Redis is away", () => {
  const held = new Map<string, [to: string, text: string]>();
  beforeAll(async () => {
    for (const driver of DRIVERS) {
      const mine: [string, string] = [aNumber(), login()];
      held.set(driver.name, mine);
      expect(await send(driver, ...mine)).toBe("sent");
    }
  });

  describe.each(["hangs", "is gone"])("because it %s", (how) => {
    beforeAll(async () => {
      if (how === "hangs") bundle.redis.freeze();
      else await bundle.redis.stop();
    });
    afterAll(() => {
      if (how === "hangs") bundle.redis.thaw();
    });

    test.each(DRIVERS)("$name: a new code is refused, a reload is a success", async (driver) => {
      expect(await send(driver, aNumber(), login())).toBe("refused");
      expect(await send(driver, ...held.get(driver.name)!)).toBe("sent");
    });
  });
});

test("no request became a fault, and no log line holds a key, a number or a text", () => {
  expect(bundle.faults).toEqual([]);
  expect(bundle.answered.length).toBeGreaterThan(400);
  const lines = JSON.stringify(bundle.answered);
  expect(lines).not.toContain(bundle.target.secret);
  expect(lines).not.toMatch(/4915\d{6}|Nextcloud|012345/);
  expect(new Set(bundle.answered.map(({ door }) => door))).toEqual(
    new Set(["playsms", "signal", "huawei", "seven", "sms"]),
  );
});
