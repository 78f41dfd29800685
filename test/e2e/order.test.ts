import { afterAll, beforeAll, expect, test } from "vitest";
import { createApiClient } from "../support/http-client.ts";
import { eventually } from "../support/eventually.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, type Service, startUp } from "../support/service.ts";
import { startTwinProcess, type TwinProcess } from "../support/twin-process.ts";

const PER_SECOND = 5;
const ENROLMENTS = 40;
let twin: TwinProcess;
let service: Service;

beforeAll(async () => {
  twin = await startTwinProcess();
  const settings = { SEVEN_MAX_PER_SECOND: String(PER_SECOND), PREFIX_LIMIT_10_MIN: "0" };
  service = await startUp({ ...twin.env, ...settings, DATA_DIR: freshDir() });
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

test("a login overtakes the enrolments of its client that wait, by what its text says alone", async () => {
  const api = createApiClient(service.ready);
  const post = (n: number, text: string) =>
    api.post({ to: `+4915112${String(340_000 + n)}`, text, routes: ["seven-sms"] });
  const enrolled = await Promise.all(
    Array.from({ length: ENROLMENTS }, (_, n) => post(n, `${500_000 + n} is your verification code.`)),
  );
  expect(enrolled.map(({ status }) => status)).toEqual(Array.from({ length: ENROLMENTS }, () => 202));
  const before = (await twin.counts()).accepted;
  expect((await post(ENROLMENTS, "700001 is your Nextcloud authentication code")).status).toBe(202);
  const recipients = await eventually(
    async () => {
      const taken = (await twin.accepted()).map(({ recipient }) => recipient);
      expect(taken).toContain(`4915112${340_000 + ENROLMENTS}`);
      return taken;
    },
    { timeoutMs: 20_000 },
  );
  const place = recipients.indexOf(`4915112${340_000 + ENROLMENTS}`);
  // One call may be under way and one may have got its slot while the login came in.
  expect(place - before).toBeLessThanOrEqual(3);
  expect(before).toBeLessThan(ENROLMENTS / 2);
});
