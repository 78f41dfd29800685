import { afterAll, afterEach, expect, test } from "vitest";
import { call, createApiClient, plainNumber } from "../support/http-client.ts";
import { eventually } from "../support/eventually.ts";
import { DRIVERS } from "../support/nextcloud.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, startUp } from "../support/service.ts";

afterEach(closeAll);
afterAll(async () => {
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

type Line = { event?: string; deliveryId?: string; door?: string };

test("every front end of the running program delivers, tells what it knows, and logs no key or number", async () => {
  const { process, ready } = await startUp({ DATA_DIR: freshDir() });
  const api = createApiClient(ready);
  const secret = ready.apiKey.slice(ready.clientId.length + 1);
  const target = { port: Number(new URL(ready.publicUrl).port), clientId: ready.clientId, secret };
  for (const [n, driver] of DRIVERS.entries()) {
    const text = `${714_200 + n} is your Nextcloud authentication code`;
    expect([driver.name, await driver.send(target, plainNumber(n, 77), text)]).toEqual([driver.name, "sent"]);
  }

  const queued = await eventually(() => {
    const lines = process
      .stderr()
      .split("\n")
      .filter((line) => line.startsWith("{"));
    const found = lines.map((line) => JSON.parse(line) as Line).filter((l) => l.event === "accept.queued");
    if (found.length !== DRIVERS.length) throw new Error(`${found.length} of ${DRIVERS.length} are logged`);
    return found;
  });
  expect(queued.map(({ door }) => door)).toEqual(DRIVERS.map(({ door }) => door));
  for (const { deliveryId = "", door } of queued) {
    expect(await api.until(deliveryId, "delivered")).toMatchObject({ door });
  }

  const headers = { "x-api-key": ready.apiKey, accept: "application/json" };
  const balance = await call(`${ready.publicUrl}/api/balance`, { headers });
  expect(balance.json).toMatchObject({ currency: "EUR" });
  const query = `app=ws&op=cr&u=${ready.clientId}&h=${secret}`;
  const credit = await call(`${ready.publicUrl}/compat/playsms?${query}`);
  expect(credit.json["credit"]).toBe(Number(balance.json["amount"]).toFixed(2));
  const journal = await call(`${ready.publicUrl}/api/journal/outbound`, { headers });
  const bySeven = queued.filter(({ door }) => door === "seven").map(({ deliveryId = "" }) => deliveryId);
  const rows = JSON.parse(journal.text) as { id: string; dlr: string }[];
  expect(rows.map(({ id }) => id).toSorted()).toEqual(bySeven.toSorted());
  expect(rows.every(({ dlr }) => dlr === "DELIVERED")).toBe(true);
  expect(await api.metric('otp_door_requests_total{door="signal",code="accepted"}')).toBe(6);

  const said = process.stdout() + process.stderr();
  const afterReady = said
    .split("\n")
    .filter((line) => !line.startsWith('{"publicUrl"'))
    .join("\n");
  expect(afterReady).not.toContain(secret);
  expect(afterReady).not.toMatch(/7142\d\d|1577\d{7}/);
});
