import { randomInt, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aDoorsBundle, type DoorsBundle } from "../../support/doors-bundle.ts";
import { SENDERS } from "../../support/identity-providers.ts";
import type { Sender } from "../../support/sender.ts";
import {
  SIGNING,
  supabaseBody,
  supabaseHeaders,
  zitadelBody,
  zitadelSignature,
} from "../../support/signing-providers.ts";
import { aNumber } from "../../support/store-bundle.ts";

const LIMIT = 3;
const aCode = () => String(randomInt(100_000, 1_000_000));

let bundle: DoorsBundle;
beforeAll(async () => {
  bundle = await aDoorsBundle({ limits: { per10Min: LIMIT, perDay: 0 } });
  await bundle.sign("zitadel", SIGNING.zitadel);
  await bundle.sign("zitadel", SIGNING.zitadelNext);
  await bundle.sign("supabase", SIGNING.supabase);
  await bundle.sign("supabase", SIGNING.supabaseNext);
});
afterAll(() => bundle.close());

const send = (sender: Sender, to: string, code: string, target = bundle.target) =>
  sender.send(target, to, code);
const taken = async () => (await bundle.flows.counts())["accepted"] ?? 0;

describe.each(SENDERS)("$name", (sender) => {
  test("a code is taken on as a login, with its text and its front end", async () => {
    const to = aNumber();
    expect(await send(sender, to, "012345")).toBe("sent");
    expect(await bundle.newest()).toMatchObject({
      recipient: to,
      content: { code: "012345", text: sender.says("012345") },
      door: sender.door,
      purpose: "login",
    });
  });

  test.each(["anna", "hash:5e884898da28047151d0e56f8dc62927", "12345", ""])(
    "%j is refused and nothing is taken on",
    async (to) => {
      const before = await taken();
      expect(await send(sender, to, aCode())).toBe("refused");
      expect(await taken()).toBe(before);
    },
  );

  test("a wrong key or signature and an unknown client are refused", async () => {
    const before = await taken();
    const bad = { ...bundle.target, secret: "x".repeat(43) };
    expect(await send(sender, aNumber(), aCode(), bad)).toBe("refused");
    expect(await send(sender, aNumber(), aCode(), { ...bundle.target, clientId: "nobody" })).toBe("refused");
    expect(await taken()).toBe(before);
  });

  test("the same code again is a success and sends nothing more, another code is another delivery", async () => {
    const [to, code] = [aNumber(), aCode()];
    const before = await taken();
    expect([await send(sender, to, code), await send(sender, to, code)]).toEqual(["sent", "sent"]);
    expect(await taken()).toBe(before + 1);
    expect(await send(sender, to, aCode())).toBe("sent");
    expect(await taken()).toBe(before + 2);
  });

  test("a limit is refused, and the code that its person holds is still a success", async () => {
    const to = aNumber();
    const codes = Array.from({ length: LIMIT }, aCode);
    for (const code of codes) expect(await send(sender, to, code)).toBe("sent");
    expect(await send(sender, to, aCode())).toBe("refused");
    expect(await send(sender, to, codes[LIMIT - 1]!)).toBe("sent");
  });
});

describe("signatures on the wire", () => {
  const now = () => Math.floor(Date.now() / 1_000);
  const post = async (path: string, headers: Record<string, string>, body: string) => {
    const response = await fetch(`${bundle.url}${path}`, { method: "POST", headers, body });
    return [response.status, await response.text()] as const;
  };
  const zitadel = (body: string, header: string) =>
    post("/compat/zitadel/cloud", { "content-type": "application/json", "zitadel-signature": header }, body);
  const supabase = (body: string, headers: Record<string, string>) =>
    post("/compat/supabase/cloud", headers, body);

  const bothAt = async (at: number) => {
    const body = zitadelBody(aNumber(), aCode());
    const hook = supabaseBody(aNumber(), aCode());
    return [
      (await zitadel(body, zitadelSignature(body, at, SIGNING.zitadel)))[0],
      (await supabase(hook, supabaseHeaders(hook, [SIGNING.supabase], at)))[0],
    ];
  };

  test.each([-298, 298])("their clocks may be %i s off", async (offS) => {
    expect(await bothAt(now() + offS)).toEqual([200, 200]);
  });

  test.each([-302, 302, -86_400])("%i s are too many for both", async (offS) => {
    const before = await taken();
    // Whoever fails so often is slowed down.
    for (const status of await bothAt(now() + offS)) expect([401, 429]).toContain(status);
    expect(await taken()).toBe(before);
  });

  test("a request that somebody sends again has its answer again and costs nothing", async () => {
    const body = zitadelBody(aNumber(), aCode());
    const at = now();
    const first = await zitadel(body, zitadelSignature(body, at, SIGNING.zitadel));
    const before = await taken();
    bundle.flows.events.length = 0;
    expect(await zitadel(body, zitadelSignature(body, at, SIGNING.zitadel))).toEqual(first);
    expect(await zitadel(body, zitadelSignature(body, at, "left out", SIGNING.zitadel))).toEqual(first);
    const hook = supabaseBody(aNumber(), aCode());
    const headers = supabaseHeaders(hook, [SIGNING.supabase], now(), randomUUID());
    expect(await supabase(hook, headers)).toEqual([200, "{}"]);
    expect(await supabase(hook, headers)).toEqual([200, "{}"]);
    expect(await taken()).toBe(before + 1);
    expect(bundle.flows.events.map(({ kind }) => kind)).toEqual([
      "accept.repeated",
      "accept.repeated",
      "accept.queued",
      "accept.repeated",
    ]);
  });

  test("a third key ends the first", async () => {
    const third = "Third-signing-key-of-Zitadel-0123";
    const sendBy = async (key: string) => {
      const body = zitadelBody(aNumber(), aCode());
      return (await zitadel(body, zitadelSignature(body, now(), key)))[0];
    };
    expect(await sendBy(SIGNING.zitadel)).toBe(200);
    await bundle.sign("zitadel", third);
    // 401, or 429 after so many failures from one address.
    await expect.poll(() => sendBy(SIGNING.zitadel), { timeout: 1_500 }).toBeGreaterThan(400);
    expect([await sendBy(SIGNING.zitadelNext), await sendBy(third)]).toEqual([200, 200]);
    await bundle.sign("zitadel", SIGNING.zitadelNext);
    await bundle.sign("zitadel", SIGNING.zitadel);
    await expect.poll(() => sendBy(SIGNING.zitadel), { timeout: 1_500 }).toBe(200);
  });
});

describe("while Redis is away", () => {
  const held = new Map<string, [to: string, code: string]>();
  beforeAll(async () => {
    for (const sender of SENDERS) {
      const mine: [string, string] = [aNumber(), aCode()];
      held.set(sender.name, mine);
      expect(await send(sender, ...mine)).toBe("sent");
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

    test.each(SENDERS)("$name: a new code is refused in time, a repeat is a success", async (sender) => {
      expect(await send(sender, aNumber(), aCode())).toBe("refused");
      expect(await send(sender, ...held.get(sender.name)!)).toBe("sent");
    });
  });
});

test("no request became a fault, and no log line holds a key, a number or a text", () => {
  expect(bundle.faults).toEqual([]);
  const lines = JSON.stringify(bundle.answered);
  for (const secret of [bundle.target.secret, ...Object.values(SIGNING)]) expect(lines).not.toContain(secret);
  expect(lines).not.toMatch(/4915\d{6}|012345|code is/i);
});
