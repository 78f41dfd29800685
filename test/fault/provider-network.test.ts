import { afterAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { createApiClient, plainNumber } from "../support/http-client.ts";
import { freePort } from "../support/ports.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, outputOf, startUp } from "../support/service.ts";
import { type ProxyMode, startTcpProxy } from "../support/tcp-proxy.ts";
import { copies, envFor, startTwinProcess } from "../support/twin-process.ts";

afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

/** Over all routes, whatever happens. */
const PAID_MAX = 4;

/** seven behind a wire that fails, Telegram reached or not. One installation for each row, all at once. */
async function installation(group: number, withTelegram: boolean) {
  const twin = await startTwinProcess();
  const proxy = await startTcpProxy(twin.urls.seven);
  const port = await freePort();
  const service = await startUp({
    ...envFor({ ...twin.urls, seven: proxy.url }),
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    DATA_DIR: freshDir(),
    SMS_SILENCE_MS: "5000",
  });
  await twin.hook(service.ready.reportUrls["seven"]!);
  const consent = withTelegram ? ["--telegram-consent", "the tests"] : [];
  const added = await outputOf(["clients", "add", "cloud", "--json", ...consent], {
    DATA_DIR: service.ready.dataDir,
  });
  const { apiKey } = JSON.parse(added.stdout) as { apiKey: string };
  const api = createApiClient({ ...service.ready, apiKey });
  const send = (n: number, validForMs = 300_000) =>
    api.send({ to: plainNumber(n, group), code: "482913", validForMs });
  const sent = async (n: number) => {
    const all = copies(await twin.accepted());
    const to = plainNumber(n, group).slice(1);
    return { seven: all.get(`seven ${to}`) ?? 0, telegram: all.get(`telegram-gateway ${to}`) ?? 0 };
  };
  return { proxy, service, api, send, sent };
}

describe.concurrent("the wire to the provider", () => {
  test.each<[ProxyMode, { seven: number; telegram: number }]>([
    ["refuse", { seven: 0, telegram: 1 }],
    ["reset", { seven: 0, telegram: 1 }],
    ["blackhole", { seven: 0, telegram: 1 }],
    ["slow", { seven: 1, telegram: 0 }],
  ])("that is in mode %s: one end, one message", async (mode, expected) => {
    const { proxy, service, api, send, sent } = await installation(60, true);
    await proxy.setMode(mode);
    const ids = await Promise.all([1, 2, 3].map((n) => send(n)));
    for (const [index, id] of ids.entries()) {
      const seen = await api.untilEnded(id, 75_000);
      expect({ state: seen.state, sent: await sent(index + 1) }, JSON.stringify(seen.timeline)).toEqual({
        state: "delivered",
        sent: expected,
      });
      expect(seen.attempts.filter(({ route }) => route === "seven-sms").length).toBeLessThanOrEqual(PAID_MAX);
    }
    if (mode !== "refuse") expect(proxy.calls()).toBeGreaterThan(0);
    expect(await api.metric("otp_conservation_gap")).toBe(0);
    expect(await service.end()).toEqual({ code: 0, signal: null });
  });

  test("loses the answer, then heals: what was taken is found, not sent again", async () => {
    const { proxy, api, send, sent } = await installation(61, false);
    await proxy.setMode("lose-answer");
    const id = await send(1);
    await eventually(async () => expect(await sent(1)).toEqual({ seven: 1, telegram: 0 }));
    await eventually(async () =>
      expect((await api.view(id)).attempts[0]).toMatchObject({ state: "uncertain" }),
    );
    await proxy.setMode("pass");
    const seen = await api.until(id, "delivered", 30_000);
    expect(seen.attempts).toHaveLength(1);
    expect(await sent(1)).toEqual({ seven: 1, telegram: 0 });
  });

  test("loses every answer for good: the doubt moves on to Telegram, and seven gets it once", async () => {
    const { proxy, api, send, sent } = await installation(62, true);
    await proxy.setMode("lose-answer");
    const id = await send(1);
    const seen = await api.untilEnded(id, 60_000);
    expect(seen.state).toBe("delivered");
    const { seven, telegram } = await sent(1);
    expect(seven).toBe(1);
    expect(telegram).toBeLessThanOrEqual(1);
  });

  test("is cut while it is the only one, then heals: sent late, once", async () => {
    const { proxy, api, send, sent } = await installation(63, false);
    await proxy.setMode("refuse");
    const id = await send(1);
    await eventually(async () =>
      expect((await api.view(id)).attempts[0]).toMatchObject({ state: "unavailable" }),
    );
    await proxy.setMode("pass");
    await api.until(id, "delivered", 30_000);
    expect(await sent(1)).toEqual({ seven: 1, telegram: 0 });
  });

  test("is away until the code is nearly dead: it ends expired, with nothing sent", async () => {
    const { proxy, api, send, sent } = await installation(64, false);
    await proxy.setMode("refuse");
    const seen = await api.untilEnded(await send(1, 60_000), 60_000);
    expect(seen.state).toBe("expired");
    expect(await sent(1)).toEqual({ seven: 0, telegram: 0 });
    expect(await api.metric("otp_conservation_gap")).toBe(0);
  });
});
