import { describe, expect, it } from "vitest";
import { createOperatorApp, type OperatorDeps } from "../../../../src/http/operator-app.tsx";
import { EMPTY_DESK, operatorListener, TOKEN } from "../../../support/operator-listener.ts";
import type { Circuit } from "../../../../src/core/circuit.ts";
import type { Reporting } from "../../../../src/core/quiet.ts";
import type { RouteFacts } from "../../../../src/core/route-facts.ts";
import { NOW } from "../bundle.ts";

const FACTS: RouteFacts = {
  route: "seven-sms",
  channel: "sms",
  provider: "seven",
  account: "seven",
  perSecond: 10,
  reach: 1,
  circuit: { state: "closed", of: "route" },
  word: undefined,
  restsUntil: undefined,
  isOpenForCalls: true,
  waiting: 0,
  waitMs: 0,
};

async function shown(more: Partial<OperatorDeps> = {}, headers: Record<string, string> = {}) {
  const { deps } = operatorListener(() => NOW);
  const app = createOperatorApp({ ...deps, ...more });
  const cookie = "otpost-zone=Etc/UTC";
  const response = await app.request("http://localhost/", {
    headers: { authorization: `Bearer ${TOKEN}`, accept: "text/html", cookie, ...headers },
  });
  return { status: response.status, raw: await response.text() };
}

/** As the page writes it in English, in the zone that the cookie says. */
const written = (at: number) =>
  new Intl.DateTimeFormat("en-GB", {
    timeZone: "Etc/UTC",
    hourCycle: "h23",
    dateStyle: "medium",
    timeStyle: "medium",
  }).format(at);

describe("the first page", () => {
  it("shows every circuit, and why one is open", async () => {
    const circuits: ReadonlyMap<string, Circuit> = new Map<string, Circuit>([
      ["route:seven-sms", { kind: "open", since: NOW, why: "account_fault", probeAt: NOW }],
      ["account:seven", { kind: "returning", since: NOW, inARow: 0 }],
      ["route:<b>", { kind: "closed", buckets: [], inARow: 0 }],
    ]);
    const { raw } = await shown({ circuits: () => circuits });
    expect(raw).toContain("<code>route:seven-sms</code>");
    expect(raw).toContain("open</span> the provider account has a fault: key, rights or credit");
    expect(raw).toContain(written(NOW));
    expect(raw).toContain("closing: traffic comes back step by step");
    expect(raw).toContain("route:&lt;b&gt;");
  });

  it("shows which routes are quiet, and since when", async () => {
    const reporting: ReadonlyMap<string, Reporting> = new Map<string, Reporting>([
      ["seven-sms", { kind: "quiet", since: NOW, lateAt: NOW, cohorts: [] }],
      ["<b>", { kind: "speaking", from: 0, cohorts: [] }],
    ]);
    const { raw } = await shown({ reporting: () => reporting });
    expect(raw).toContain("<code>seven-sms</code>");
    expect(raw).toContain("quiet: half of its messages or more are not reported");
    expect(raw).toContain(written(NOW));
    expect(raw).toMatch(/&lt;b&gt;<\/code><\/th><td[^>]*>come</);
  });

  it("shows the operator's word, what waits, and what was alerted", async () => {
    const word = { kind: "stopped", by: "Kim <b>", why: "outage", since: NOW, until: NOW + 60_000 } as const;
    const rested = { ...FACTS, route: "second-sms", restsUntil: NOW + 9_000 };
    const list = async () => [{ ...FACTS, word, waiting: 12, waitMs: 1_200 }, rested];
    const alert = {
      alert: "word_set",
      id: "w",
      subject: "route:seven-sms",
      severity: "warning",
      says: "Kim <b> stopped route seven-sms.",
      at: NOW,
    } as const;
    const { raw } = await shown({ desk: { ...EMPTY_DESK, list }, alerts: async () => [alert] });
    expect(raw).toContain(`stopped</span> by Kim &lt;b&gt; until ${written(NOW + 60_000)}: outage`);
    expect(raw).toContain("<td>12</td><td>1.2 s</td>");
    expect(raw).toContain(`rests until ${written(NOW + 9_000)}`);
    expect(raw).toContain("Kim &lt;b&gt; stopped route seven-sms.");
    expect((await shown()).raw).toContain("None yet.");
  });

  it("comes up while Redis is away", async () => {
    const away = async () => {
      throw new Error("away");
    };
    const { status, raw } = await shown({ desk: { ...EMPTY_DESK, list: away }, alerts: away });
    expect([status, raw.split("Redis cannot be read").length]).toEqual([200, 3]);
  });

  it("speaks German to those who read it", async () => {
    const { raw } = await shown({}, { "accept-language": "de-AT,de;q=0.9,en;q=0.8" });
    expect(raw).toContain('<html lang="de">');
    expect(raw).toContain("<h1>Überblick</h1>");
  });
});
