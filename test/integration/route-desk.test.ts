import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAtOnce, CIRCUIT_RULES } from "../../src/core/circuit.ts";
import type { FlowEvent } from "../../src/flows/events.ts";
import { createOperatorApp } from "../../src/http/operator-app.tsx";
import { createCircuitStore } from "../../src/redis/circuit-store.ts";
import { recentAlerts } from "../../src/redis/alerts.ts";
import { createOrderStore } from "../../src/redis/order-store.ts";
import { publishRoutes, readPublishedRoutes } from "../../src/redis/published-routes.ts";
import { createRouteDesk, type RouteDesk } from "../../src/route-desk.ts";
import { operatorListener, TOKEN } from "../support/operator-listener.ts";
import { aRedisBundle, type RedisBundle } from "../support/redis-bundle.ts";

const WORD = { word: "stopped", by: "Kim", why: "outage at seven" };

let bundle: RedisBundle;
let desk: RouteDesk;
let events: FlowEvent[] = [];

beforeEach(() => {
  bundle = aRedisBundle();
  events = [];
  desk = createRouteDesk({
    client: bundle.client,
    keys: bundle.keys,
    queues: bundle.queues,
    routes: [...bundle.deps.rules.routes.values()],
    order: bundle.deps.defaultRoutes,
    events: { record: (event) => void events.push(event) },
    now: Date.now,
  });
});
afterEach(() => bundle.close());

function app() {
  const { deps } = operatorListener(Date.now);
  const alerts = () => recentAlerts(bundle.client, bundle.keys);
  return createOperatorApp({ ...deps, desk, alerts });
}

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await app().request(`http://localhost${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe("the desk of routes", () => {
  test("counts what waits, and shows circuit, rest and word as they stand in Redis", async () => {
    for (let n = 0; n < 3; n++) await bundle.accept({ routes: ["seven-sms"] });
    const circuits = createCircuitStore(bundle.client, bundle.keys);
    await circuits.change("account:second-sms", (c) => openAtOnce(c, Date.now(), CIRCUIT_RULES));
    await createOrderStore(bundle.client, bundle.keys).rest("telegram-gateway", Date.now() + 5_000);
    const word = await desk.say("seven-sms", {
      kind: "stopped",
      by: "Kim",
      why: "outage",
      forMs: 60_000,
    });
    const [seven, telegram, second] = await desk.list();
    expect(seven).toMatchObject({ waiting: 3, waitMs: 300, word, isOpenForCalls: false });
    expect(telegram!.restsUntil).toBeGreaterThan(Date.now());
    expect(second).toMatchObject({
      circuit: { state: "open", of: "account" },
      isOpenForCalls: false,
    });
    expect(await desk.instead("seven-sms")).toEqual(["telegram-gateway"]);
  });

  test("tells once that a word was said and taken back", async () => {
    const word = await desk.say("seven-sms", {
      kind: "forced",
      by: "Kim",
      why: "they say so",
      forMs: 60_000,
    });
    expect(await desk.takeBack("seven-sms", "Lee")).toEqual(word);
    expect(await desk.takeBack("seven-sms", "Lee")).toBeUndefined();
    expect(events).toMatchObject([
      { kind: "word.said", route: "seven-sms", word: { kind: "forced" } },
      { kind: "word.ended", how: "taken_back", by: "Lee" },
    ]);
  });

  test("is known to tools by what workers published, and holds no more than is shown", async () => {
    const { client, keys, deps } = bundle;
    expect(await readPublishedRoutes(client, keys)).toBeUndefined();
    const published = { routes: [...deps.rules.routes.values()], order: [...deps.defaultRoutes] };
    await publishRoutes(client, keys, published);
    const read = (await readPublishedRoutes(client, keys))!;
    expect(read.order).toEqual(["seven-sms", "telegram-gateway", "second-sms"]);
    expect(Object.keys(read.routes[0]!).toSorted()).toEqual(
      ["account", "channel", "id", "maxWaitMs", "perSecond", "provider", "reach"].toSorted(),
    );
  });
});

describe("the operator API of routes", () => {
  test("lists, stops, forces and releases a route", async () => {
    await bundle.accept({ routes: ["seven-sms"] });
    const put = await ask("PUT", "/api/routes/seven-sms/word", WORD);
    expect(put).toMatchObject({
      status: 200,
      body: { route: "seven-sms", waiting: 1, instead: ["telegram-gateway", "second-sms"] },
    });
    const { since, until } = put.body["word"] as { since: string; until: string };
    expect(Date.parse(until) - Date.parse(since)).toBe(30 * 60_000);
    const listed = await ask("GET", "/api/routes");
    expect(listed.body["routes"]).toMatchObject([
      { route: "seven-sms", word: { word: "stopped", by: "Kim", until }, isOpenForCalls: false },
      { route: "telegram-gateway", word: null, circuit: { state: "closed" } },
      { route: "second-sms" },
    ]);
    const forced = await ask("PUT", "/api/routes/seven-sms/word", {
      ...WORD,
      word: "forced",
      forMs: 3_600_000,
    });
    expect(forced.body["word"]).toMatchObject({ word: "forced" });
    const released = await ask("DELETE", "/api/routes/seven-sms/word");
    expect(released).toMatchObject({ status: 200, body: { word: null, tookBack: { word: "forced" } } });
    expect((await ask("DELETE", "/api/routes/seven-sms/word")).body).toMatchObject({ tookBack: null });
  });

  test.each<[unknown, string | undefined]>([
    ["{", undefined],
    [{}, "word"],
    [{ ...WORD, word: "paused" }, "word"],
    [{ ...WORD, by: "" }, "by"],
    [{ ...WORD, why: "call +4915112345678" }, "why"],
    [{ ...WORD, why: "x".repeat(201) }, "why"],
    [{ ...WORD, forMs: 59_999 }, "forMs"],
    [{ ...WORD, forMs: 86_400_001 }, "forMs"],
    [{ ...WORD, until: 1 }, undefined],
  ])("refuses %j and changes nothing", async (body, field) => {
    const answer = await ask("PUT", "/api/routes/seven-sms/word", body);
    expect([answer.status, answer.body["field"]]).toEqual([400, field]);
    expect(JSON.stringify(answer.body)).not.toContain("15112345678");
    expect(events).toEqual([]);
  });

  test("names the routes that exist to whoever asks for another one", async () => {
    for (const method of ["PUT", "DELETE"]) {
      const answer = await ask(method, "/api/routes/sevn-sms/word", method === "PUT" ? WORD : undefined);
      expect(answer).toMatchObject({
        status: 404,
        body: { detail: expect.stringContaining("seven-sms, telegram-gateway, second-sms") },
      });
    }
  });

  test("takes nothing without the token, and other methods say what there is", async () => {
    const wrong = { authorization: "Bearer wrong" };
    expect((await ask("PUT", "/api/routes/seven-sms/word", WORD, wrong)).status).toBe(401);
    expect((await ask("DELETE", "/api/routes/seven-sms/word", undefined, wrong)).status).toBe(401);
    const posted = await ask("POST", "/api/routes/seven-sms/word", WORD);
    expect([posted.status, posted.body["detail"]]).toEqual([405, "This address takes PUT and DELETE only."]);
    expect(await desk.takeBack("seven-sms", "Lee")).toBeUndefined();
  });
});
