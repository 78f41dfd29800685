import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApiClient, plainNumber } from "../support/http-client.ts";
import { phpScript } from "../support/php.ts";
import { freePort } from "../support/ports.ts";
import { startRedisProcess } from "../support/redis-process.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, type Service, startUp } from "../support/service.ts";

/** The promise for an answer while Redis hangs, and what starting PHP's HTTP may add on a busy machine. */
const ANSWER_PROMISE_MS = 1_200;
const PHP_MS = 200;

const DRIVERS = ["playsms curl", "playsms streams", "signal curl", "huawei curl", "huawei streams"];

let redis: Awaited<ReturnType<typeof startRedisProcess>>;
let service: Service;
beforeAll(async () => {
  redis = await startRedisProcess();
  const ports = { PORT: String(await freePort()), OPERATOR_PORT: String(await freePort()) };
  service = await startUp({ ...ports, REDIS_URL: redis.url, DATA_DIR: freshDir() });
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

type Verdict = { sent: boolean; status: number; ms: number };

async function send(driver: string, to: string, text: string, secret?: string): Promise<Verdict> {
  const { clientId: id, apiKey, publicUrl: base } = service.ready;
  const key = secret ?? apiKey.slice(id.length + 1);
  const { code, stdout, stderr } = await phpScript("send.php", { driver, base, id, secret: key, to, text });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Verdict;
}

let codes = 640_100;
const login = () => `${codes++} is your Nextcloud authentication code – „für“ & <Freunde>`;

describe.each(DRIVERS)("PHP itself, %s", (driver) => {
  const n = DRIVERS.indexOf(driver);

  test("sends a code, which arrives", async () => {
    const api = createApiClient(service.ready);
    const before = service.process.stderr().length;
    expect(await send(driver, plainNumber(n, 81), login())).toMatchObject({ sent: true });
    const said = service.process.stderr().slice(before);
    const queued = said.split("\n").find((line) => line.includes("accept.queued")) ?? "{}";
    const { deliveryId = "", door } = JSON.parse(queued) as { deliveryId?: string; door?: string };
    expect(door).toBe(driver.split(" ")[0]);
    await api.until(deliveryId, "delivered");
  });

  test("is refused with a wrong key and with what is no number", async () => {
    expect(await send(driver, plainNumber(n, 82), login(), "wrong")).toMatchObject({ sent: false });
    expect(await send(driver, "anna", login())).toMatchObject({ sent: false });
  });

  test("has its answer within 1.2 s while Redis hangs, and a code that is held is still sent", async () => {
    const held = login();
    expect(await send(driver, plainNumber(n, 83), held)).toMatchObject({ sent: true });
    redis.signal("SIGSTOP");
    try {
      const fresh = await send(driver, plainNumber(n, 84), login());
      expect(fresh).toMatchObject({ sent: false });
      expect(fresh.ms).toBeLessThan(ANSWER_PROMISE_MS + PHP_MS);
      const again = await send(driver, plainNumber(n, 83), held);
      expect(again).toMatchObject({ sent: true });
      expect(again.ms).toBeLessThan(ANSWER_PROMISE_MS + PHP_MS);
    } finally {
      redis.signal("SIGCONT");
    }
  });
});
