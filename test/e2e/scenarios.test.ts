import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { magicNumber, magicRow } from "../../src/twins/magic.ts";
import { freePort } from "../support/ports.ts";
import { type ApiClient, createApiClient, type DeliveryView } from "../support/http-client.ts";
import {
  closeAll,
  freshDir,
  leftovers,
  NOTHING_LEFT,
  outputOf,
  type Service,
  startUp,
} from "../support/service.ts";
import { copies, startTwinProcess, type TwinProcess } from "../support/twin-process.ts";

const PORT = String(await freePort());
const PUBLIC = `http://127.0.0.1:${PORT}`;

type Played = { seen: DeliveryView; sent: Record<string, number> };

/** Everything at once: most of these wait for a provider's silence, not for us. */
const SUFFIXES = {
  delivered: ["990010", "990011", "990012", "990013", "990026", "990034"],
  lookedUp: ["990005", "990006", "990007", "990009", "990024", "990025", "990030", "990035", "990036"],
  failedOver: [
    "990001",
    "990008",
    "990018",
    "990019",
    "990020",
    "990021",
    "990022",
    "990023",
    "990028",
    "990029",
    "990041",
    "990042",
    "990044",
  ],
  both: ["990002", "990003", "990004", "990032", "990043"],
  late: ["990204"],
};
const told = (suffix: string) => `${suffix}: ${magicRow(magicNumber(suffix))!.means}`;
const rows = (group: keyof typeof SUFFIXES) =>
  SUFFIXES[group].map((suffix) => [told(suffix), suffix] as const);

describe("what the twins do, from end to end", () => {
  let twin: TwinProcess;
  let service: Service;
  let api: ApiClient;
  let demo: ReturnType<typeof outputOf>;
  const played = new Map<string, Promise<Played>>();

  beforeAll(async () => {
    twin = await startTwinProcess({ lateMs: 4_000, reportDelayMs: 300 });
    const settings = { SMS_SILENCE_MS: "12000", TELEGRAM_SILENCE_MS: "12000" };
    service = await startUp({ ...twin.env, ...settings, PUBLIC_URL: PUBLIC, PORT, DATA_DIR: freshDir() });
    await twin.hook(service.ready.reportUrls["seven"]!);
    const consent = ["--telegram-consent", "the tests", "--json"];
    const added = await outputOf(["clients", "add", "cloud", ...consent], {
      DATA_DIR: service.ready.dataDir,
    });
    const { apiKey } = JSON.parse(added.stdout) as { apiKey: string };
    api = createApiClient({ ...service.ready, apiKey });
    demo = outputOf(["demo", "--json"]);
    for (const suffix of Object.values(SUFFIXES).flat()) played.set(suffix, play(suffix));
    // A test that waits for one of them says what went wrong with it.
    for (const one of played.values()) one.catch(() => undefined);
  });
  afterAll(async () => {
    await closeAll();
    expect(await leftovers()).toEqual(NOTHING_LEFT);
  });

  async function play(suffix: string): Promise<Played> {
    const to = magicNumber(suffix);
    const seen = await api.untilEnded(await api.send({ to, code: "482913" }), 75_000);
    return { seen, sent: await sentTo(to) };
  }
  async function sentTo(to: string): Promise<Record<string, number>> {
    const all = copies(await twin.accepted());
    const count = (provider: string) => all.get(`${provider} ${to.slice(1)}`) ?? 0;
    return { seven: count("seven"), telegram: count("telegram-gateway") };
  }

  test.each(rows("delivered"))("%s: delivered by seven, one message", async (_told, suffix) => {
    const { seen, sent } = await played.get(suffix)!;
    expect({ state: seen.state, sent }).toEqual({ state: "delivered", sent: { seven: 1, telegram: 0 } });
    expect(seen.attempts).toMatchObject([{ route: "seven-sms", state: "delivered" }]);
  });

  test.each(rows("lookedUp"))("%s: looked up, not sent again", async (_told, suffix) => {
    const { seen, sent } = await played.get(suffix)!;
    expect({ state: seen.state, sent }).toEqual({ state: "delivered", sent: { seven: 1, telegram: 0 } });
    expect(seen.attempts).toHaveLength(1);
  });

  test.each(rows("failedOver"))("%s: brought by Telegram, one message", async (_told, suffix) => {
    const { seen, sent } = await played.get(suffix)!;
    expect({ state: seen.state, sent }).toEqual({ state: "delivered", sent: { seven: 0, telegram: 1 } });
    const calls = seen.attempts.filter(({ route }) => route === "seven-sms");
    expect(calls.length).toBeGreaterThanOrEqual(1);
    expect(calls.length).toBeLessThanOrEqual(4);
  });

  test.each(rows("both"))("%s: brought by Telegram too, once each", async (_told, suffix) => {
    const { seen, sent } = await played.get(suffix)!;
    expect({ state: seen.state, sent }).toEqual({ state: "delivered", sent: { seven: 1, telegram: 1 } });
  });

  test.each(rows("late"))("%s: moves nothing back", async (_told, suffix) => {
    const { seen, sent } = await played.get(suffix)!;
    expect(seen.state).toBe("delivered");
    expect(sent["seven"]).toBe(1);
  });

  test("the demo ends every code as it must", async () => {
    const { stdout, code } = await demo;
    const lines = stdout.trim().split("\n");
    const results = lines.map((line) => JSON.parse(line) as { name: string; ok: boolean });
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(results.map(({ name }) => name).toSorted()).toEqual(
      ["delivered", "expired", "nextcloud", "refused", "reload", "silent"].toSorted(),
    );
    expect(code).toBe(0);
  });

  test("every code that was taken on is accounted for", async () => {
    await Promise.allSettled(played.values());
    expect(await api.metric("otp_conservation_gap")).toBe(0);
  });
});
