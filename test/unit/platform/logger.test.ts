import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { FlowEvent } from "../../../src/flows/events.ts";
import { createEventLog } from "../../../src/platform/event-log.ts";
import { allowedFields, errorFields } from "../../../src/platform/log-fields.ts";
import { createLogger, type LoggerOptions } from "../../../src/platform/logger.ts";

const CODE = "482913";
const NUMBER = "+4917100000000";

function aLogger(more: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const logger = createLogger({ level: "debug", write: (line) => void lines.push(line), ...more });
  return { logger, lines };
}

describe("the log", () => {
  it("writes JSON with time, level, event and allowed fields", () => {
    const { logger, lines } = aLogger();
    logger.with({ role: "intake" }).info("http.request", { route: "/livez", status: 200 });
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      event: "http.request",
      role: "intake",
      route: "/livez",
      status: 200,
    });
  });

  it("drops every name that is not on its list, and every value that is not plain", () => {
    const fields = {
      code: CODE,
      to: NUMBER,
      text: CODE,
      url: CODE,
      headers: { a: CODE },
      route: { a: CODE },
      status: 1,
    };
    expect(allowedFields(fields)).toEqual({ status: 1 });
    const { logger, lines } = aLogger();
    logger.info("x", fields as never);
    expect(lines.join("")).not.toMatch(/482913|17100000000/);
  });

  it("says class, code and place of an error, never its message", () => {
    const cause = Object.assign(new TypeError(`for ${NUMBER}`), { code: "ECONNRESET" });
    const error = new Error(`sending ${CODE}\n    at ${NUMBER} failed`, { cause });
    const { logger, lines } = aLogger();
    logger.error("worker.failed", error);
    expect(lines.join("")).not.toMatch(/482913|17100000000/);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      errorName: "Error < TypeError",
      errorAt: expect.stringContaining("logger.test.ts"),
    });
    expect(errorFields(cause)).toMatchObject({ errorCode: "ECONNRESET" });
    expect(errorFields(new Error("READONLY You can't write"))).toMatchObject({ errorCode: "READONLY" });
    expect(errorFields(CODE)).toEqual({ errorName: "string" });
  });

  it("cuts long values and keeps to its level", () => {
    const { logger, lines } = aLogger({ level: "warn" });
    logger.info("quiet");
    logger.warn("loud", { reason: "x".repeat(10_000) });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.length).toBeLessThan(500);
  });

  it("has a one-line form for terminals", () => {
    const { logger, lines } = aLogger({ pretty: true });
    logger.info("http.request", { status: 202 });
    const plain = stripVTControlCharacters(lines.join(""));
    expect(plain).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}http\.request status=202\n$/);
  });
});

describe("events of the flows", () => {
  it.each<[FlowEvent, Record<string, unknown>]>([
    [
      { kind: "accept.refused", clientId: "cloud", code: "recipient_limit" },
      { event: "accept.refused", clientId: "cloud", reason: "recipient_limit" },
    ],
    [
      {
        kind: "delivery.moved",
        deliveryId: "d",
        from: "queued",
        to: "sent",
        ageMs: 5,
        late: false,
        attempts: 1,
        paidAttempts: 1,
      },
      { event: "delivery.moved", deliveryId: "d", change: "queued > sent", ageMs: 5, late: false },
    ],
    [
      { kind: "delivery.failover", deliveryId: "d", from: "a", to: "b", why: "silence" },
      { event: "delivery.failover", change: "a > b", reason: "silence" },
    ],
    [
      { kind: "watch.acted", deliveryId: "d", on: "deadline" },
      { event: "watch.acted", timer: "deadline" },
    ],
    [
      { kind: "attempt.started", deliveryId: "d", attempt: 1, route: "r", waitedMs: 3 },
      { event: "attempt.started", attempt: 1, route: "r", waitedMs: 3 },
    ],
  ])("%o becomes one line", (event, line) => {
    const { logger, lines } = aLogger();
    createEventLog(logger)(event);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject(line);
  });
});
