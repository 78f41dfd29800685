import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createShutdown, endOnBugs, endOnSignals } from "../../../src/platform/shutdown.ts";

const SIGNALS = ["SIGTERM", "SIGINT", "uncaughtException", "unhandledRejection"] as const;

const open = (deadlineMs = 1_000) => {
  const logged: string[] = [];
  const exits: number[] = [];
  const exit = (code: number) => void exits.push(code);
  const log = (event: string, fields: object) => void logged.push(`${event} ${JSON.stringify(fields)}`);
  return { logged, exits, exit, shutdown: createShutdown({ log, deadlineMs, exit }) };
};

describe("a shutdown", () => {
  test("runs its steps one after the other, the last one first", async () => {
    const { shutdown } = open();
    const ran: string[] = [];
    for (const name of ["redis", "workers", "http"]) {
      shutdown.add(name, async () => {
        await Promise.resolve();
        ran.push(name);
      });
    }
    expect(shutdown.started()).toBe(false);
    const running = shutdown.run("test");
    expect(shutdown.started()).toBe(true);
    expect(await running).toBe(true);
    expect(ran).toEqual(["http", "workers", "redis"]);
  });

  test("a step that fails is told without its words and stops no other", async () => {
    const { shutdown, logged } = open();
    const ran: string[] = [];
    shutdown.add("first", () => void ran.push("first"));
    shutdown.add("broken", () => Promise.reject(new TypeError("code 483920")));
    expect(await shutdown.run("test")).toBe(false);
    expect(ran).toEqual(["first"]);
    expect(logged).toContain('shutdown.step_failed {"what":"broken","reason":"TypeError"}');
    expect(logged.join()).not.toContain("483920");
  });

  test("runs once, however often it is asked", async () => {
    const { shutdown } = open();
    let runs = 0;
    shutdown.add("step", () => void (runs += 1));
    await Promise.all([shutdown.run("a"), shutdown.run("b")]);
    await shutdown.run("c");
    expect(runs).toBe(1);
  });

  test("ends the process when a step hangs past the deadline, and not before", () => {
    vi.useFakeTimers();
    const { shutdown, exits } = open(500);
    shutdown.add("hangs", () => new Promise(() => undefined));
    void shutdown.run("test");
    vi.advanceTimersByTime(499);
    expect(exits).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(exits).toEqual([1]);
    vi.useRealTimers();
  });
});

describe("what ends a process", () => {
  let before: Map<string, unknown[]>;
  beforeEach(() => {
    before = new Map(SIGNALS.map((name) => [name, process.listeners(name as "SIGTERM")]));
  });
  afterEach(() => {
    for (const name of SIGNALS) {
      for (const listener of process.listeners(name as "SIGTERM")) {
        if (!before.get(name)?.includes(listener)) process.off(name, listener);
      }
    }
  });
  /** Calls what was added for an event, for a real one would end the test. */
  const raise = (name: (typeof SIGNALS)[number], ...args: unknown[]) => {
    for (const listener of process.listeners(name as "SIGTERM") as ((...a: unknown[]) => void)[]) {
      if (!before.get(name)?.includes(listener)) listener(...args);
    }
  };

  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s ends it in order with 0, a second one at once with 1",
    async (signal) => {
      const { shutdown, exits, exit } = open();
      let release = (): void => undefined;
      shutdown.add("drain", () => new Promise<void>((resolve) => (release = resolve)));
      endOnSignals(shutdown, exit);
      raise(signal);
      expect(exits).toEqual([]);
      raise(signal);
      expect(exits).toEqual([1]);
      release();
      await vi.waitFor(() => expect(exits).toEqual([1, 0]));
    },
  );

  test("a step that failed makes the exit code 1", async () => {
    const { shutdown, exits, exit } = open();
    shutdown.add("broken", () => Promise.reject(new Error("no")));
    endOnSignals(shutdown, exit);
    raise("SIGTERM");
    await vi.waitFor(() => expect(exits).toEqual([1]));
  });

  test.each(["uncaughtException", "unhandledRejection"] as const)(
    "%s is reported, drained and ends with 1",
    async (kind) => {
      const { shutdown, exits, exit } = open();
      const reported: unknown[] = [];
      const ran: string[] = [];
      shutdown.add("drain", () => void ran.push("drain"));
      endOnBugs(shutdown, (error) => void reported.push(error), exit);
      const bug = new Error("bug");
      raise(kind, bug);
      await vi.waitFor(() => expect(exits).toEqual([1]));
      expect(reported).toEqual([bug]);
      expect(ran).toEqual(["drain"]);
    },
  );
});
