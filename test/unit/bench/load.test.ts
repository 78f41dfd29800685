import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { statusOfWhole } from "../../../bench/load/connection.ts";
import { closedLoop, openLoop } from "../../../bench/load/loops.ts";
import { nextNumber } from "../../../bench/load/request.ts";
import { parseMsisdn } from "../../../src/core/phone.ts";

describe("an answer on the wire", () => {
  const whole = "HTTP/1.1 202 Accepted\r\nContent-Type: a\r\nContent-Length: 4\r\n\r\nbody";
  test("is whole with its last byte and not before", () => {
    for (let end = 0; end < whole.length; end++) expect(statusOfWhole(whole.slice(0, end))).toBeUndefined();
    expect(statusOfWhole(whole)).toBe(202);
  });
  test("without a length cannot be measured", () =>
    expect(() => statusOfWhole("HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\n")).toThrow(
      "Content-Length",
    ));
});

test("numbers are real ones and never come twice", () => {
  const numbers = Array.from({ length: 500 }, nextNumber);
  expect(new Set(numbers).size).toBe(500);
  for (const number of numbers) expect(parseMsisdn(number, undefined)).toBe(number);
});

describe("the loops", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  const bodies: string[] = [];
  const serve = async (statusOf: (n: number) => number) => {
    let n = 0;
    bodies.length = 0;
    server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      request.on("end", () => {
        bodies.push(body);
        response.writeHead(statusOf(n++), { "content-length": 2 }).end("{}");
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: "a.b" };
  };

  test("the closed one counts every request that the server answered", async () => {
    const { answered, figures } = await closedLoop(await serve(() => 202), { connections: 3, forMs: 100 });
    expect(answered).toBe(bodies.length);
    expect(Object.keys(figures)).toEqual(["requests/s", "p50 ms", "p99 ms"]);
    expect(JSON.parse(bodies[0] ?? "")).toMatchObject({ to: expect.stringMatching(/^\+49171\d{7}$/) });
    expect(new Set(bodies).size).toBe(bodies.length);
  });

  test("the open one sends exactly what its rate says", async () => {
    const figures = await openLoop(await serve(() => 202), { connections: 3, perSecond: 500, forMs: 100 });
    expect(bodies).toHaveLength(50);
    expect(Object.keys(figures)).toEqual(["p50 ms at 500/s", "p99 ms at 500/s"]);
  });

  test("an answer other than 202 spoils the measurement", async () => {
    const target = await serve((n) => (n === 1 ? 429 : 202));
    await expect(closedLoop(target, { connections: 1, forMs: 50 })).rejects.toThrow("1 x 429");
  });
});
