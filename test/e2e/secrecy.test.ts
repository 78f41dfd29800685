import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attachToEmbedded } from "../../src/redis/embedded/attach.ts";
import { magicNumber } from "../../src/twins/magic.ts";
import { call, createApiClient, type Answer, type ApiClient } from "../support/http-client.ts";
import { fileStraws, redisStraws } from "../support/haystack.ts";
import { findLeaks, type Straw, straw } from "../support/leak-scan.ts";
import { freePort } from "../support/ports.ts";
import {
  closeAll,
  closeLater,
  end,
  freshDir,
  leftovers,
  NOTHING_LEFT,
  outputOf,
  redisIn,
  type Service,
  startUp,
} from "../support/service.ts";
import { startTwinProcess, type TwinProcess } from "../support/twin-process.ts";

/** Long enough that no counter or time stamp looks like one of them by chance. */
const CODES = {
  delivered: "7Qk4Zp92Xw",
  refused: "Bv83nT5LrY",
  silent: "93748261",
  nextcloud: "60417358",
  held: "Hw52Kd90Pq",
  malformed: "Zx71Mc46Jt",
  tampered: "Ty38Vb15Ns",
};
const NUMBERS = {
  delivered: "+4915118273645",
  refused: magicNumber("990001", 73),
  silent: magicNumber("990002", 74),
  nextcloud: "+4915119283746",
  held: "+4915116372819",
  malformed: "+4915117463528",
  tampered: "+4915114536271",
};
const SECRETS = { codes: Object.values(CODES), numbers: Object.values(NUMBERS) };

let twin: TwinProcess;
let service: Service;
let api: ApiClient;
const hay: Straw[] = [];
const ids: string[] = [];

const keep = (where: string, { text, headers }: Answer): void => {
  hay.push(straw(where, text), straw(`${where}, headers`, JSON.stringify([...headers])));
};

beforeAll(async () => {
  twin = await startTwinProcess();
  const DATA_DIR = freshDir();
  const settings = { LOG_LEVEL: "debug", SMS_SILENCE_MS: "1500", TELEGRAM_SILENCE_MS: "3000", SANDBOX: "1" };
  const port = await freePort();
  const address = { PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` };
  service = await startUp({ ...twin.env, ...settings, ...address, DATA_DIR });
  await twin.hook(service.ready.reportUrls["seven"]!, "GET");
  const consent = ["--telegram-consent", "the tests", "--json"];
  const added = await outputOf(["clients", "add", "cloud", ...consent], { DATA_DIR });
  const { apiKey } = JSON.parse(added.stdout) as { apiKey: string };
  api = createApiClient({ ...service.ready, apiKey });

  await goodRequests();
  await badRequests();
  await reports();
  for (const id of ids) await api.untilEnded(id, 40_000);
  await heldOne();
  await collect(DATA_DIR);
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

async function goodRequests(): Promise<void> {
  for (const name of ["delivered", "refused", "silent"] as const) {
    const answer = await api.post(
      { to: NUMBERS[name], code: CODES[name] },
      { "idempotency-key": `key-${name}` },
    );
    keep(`answer to ${name}`, answer);
    ids.push(String(answer.json["id"]));
  }
  const msg = `${CODES.nextcloud} is your Nextcloud authentication code`;
  const answer = await api.playsms({ to: NUMBERS.nextcloud, msg });
  expect(answer.status).toBe(200);
  ids.push((answer.json["data"] as { smslog_id: string }[])[0]!.smslog_id);
}

/** Each of these holds a code and a number, and each is refused. */
async function badRequests(): Promise<void> {
  const [to, code] = [NUMBERS.malformed, CODES.malformed];
  const bodies: unknown[] = [
    `{"to":"${to}","code":"${code}"`,
    { to: `${to},${NUMBERS.tampered}`, code },
    { to, code: `${code}${code}` },
    { to, code, text: `Your code is ${code}` },
    { to, text: `\u202e${code}` },
    { to, code, [`x${code}`]: to },
    { to, code, [to]: code },
    { to, code, reference: `${to} ${code}` },
    { to, code, routes: [code] },
    { to, code, template: code },
    { to, code, locale: to },
    { to: `call ${to}`, code },
    { to, code, expiresAt: to },
    [to, code],
    `"${to} ${code}"`,
  ];
  for (const [n, body] of bodies.entries()) {
    const answer = await api.post(body);
    expect([n, answer.status]).toEqual([n, 400]);
    keep(`refusal ${n}`, answer);
  }
  const other = { to: NUMBERS.tampered, code: CODES.tampered };
  const conflict = await api.post(other, { "idempotency-key": "key-delivered" });
  expect(conflict.status).toBe(422);
  keep("conflict", conflict);
  keep("wrong key", await api.post(other, { authorization: `Bearer ${CODES.tampered}.${NUMBERS.tampered}` }));
  keep("key as number", await api.post(other, { "idempotency-key": `${NUMBERS.tampered} ü` }));
  keep("unknown path", await call(`${service.ready.publicUrl}/v1/${code}/${to}`));
  keep("unknown id", await api.get(`${code}-${to}`));
  keep("operator", await api.operator(`/${code}?to=${to}`));
  for (const query of [
    { to, msg: "" },
    { to: `${to} ${to}`, msg: code },
    { to, msg: `\u0000${code}` },
  ] as Record<string, string>[]) {
    const answer = await api.playsms(query);
    expect(answer.status).toBe(400);
    keep("playSMS refusal", answer);
  }
  const wrong = new URLSearchParams({ app: "ws", op: "pv", u: to, h: code, to, msg: code });
  keep(
    "playSMS with a wrong key",
    await call(`${service.ready.publicUrl}/compat/playsms?${wrong.toString()}`),
  );
}

async function reports(): Promise<void> {
  const url = service.ready.reportUrls["seven"]!;
  const body = JSON.stringify({
    webhook_event: "dlr",
    data: { msg_id: NUMBERS.tampered, status: CODES.tampered, recipient: NUMBERS.tampered },
  });
  const headers = { "content-type": "application/json" };
  for (const where of [url, `${url}x`, `${url}?to=${encodeURIComponent(NUMBERS.tampered)}`]) {
    keep("report", await call(where, { method: "POST", headers, body }));
  }
}

/** Still queued when Redis is dumped: its content is there, sealed. */
async function heldOne(): Promise<void> {
  const client = redisOf(service.ready.dataDir);
  await client.hset("{otpost}:sandbox:meta", "paused", 1);
  const answer = await api.post({ to: NUMBERS.held, code: CODES.held, routes: ["sandbox"] });
  expect(answer.status).toBe(202);
  ids.push(String(answer.json["id"]));
  keep("answer to held", answer);
}

function redisOf(dataDir: string): Redis {
  const client = new Redis({ ...attachToEmbedded(dataDir)! });
  client.on("error", () => undefined);
  closeLater(() => client.disconnect());
  return client;
}

async function collect(dataDir: string): Promise<void> {
  for (const id of ids) keep("GET of a delivery", await api.get(id));
  for (const path of ["/", "/metrics", "/queues", "/queues/api/queues", "/readyz", "/login"]) {
    keep(`operator ${path}`, await api.operator(path, { headers: { accept: "text/html" } }));
  }
  for (const queue of ["seven-sms", "telegram-gateway", "settle", "watch", "sandbox"]) {
    keep(
      `board of ${queue}`,
      await api.operator(`/queues/api/queues?activeQueue=${queue}&page=1&jobsPerPage=100`),
    );
  }
  for (const path of ["/openapi.json", "/docs", "/readyz"])
    keep(path, await call(service.ready.publicUrl + path));
  keep("board of the held job", await api.operator(`/queues/api/queues/sandbox/${ids.at(-1)}-1`));
  hay.push(...(await redisStraws(redisOf(dataDir))));
  for (const pid of [service.process.pid, ...redisIn(dataDir)]) {
    for (const file of ["cmdline", "environ"])
      hay.push(straw(`/proc ${file}`, readFileSync(`/proc/${pid}/${file}`)));
  }
  expect((await end(service.process)).code).toBe(0);
  hay.push(straw("standard output", service.process.stdout()), straw("log", service.process.stderr()));
  hay.push(...fileStraws(dataDir));
}

describe("secrecy", () => {
  test("no code and no number stands anywhere in our outputs and storage", () => {
    const where = new Set(hay.map((one) => one.where.replace(/[0-9a-f-]{36}.*/, "<id>")));
    expect(where.size).toBeGreaterThan(60);
    expect([...where].some((one) => one.includes(".aof"))).toBe(true);
    for (const part of [".rdb", "DUMP of {otpost}:d:", ":events"]) {
      expect(
        hay.some((one) => one.where.includes(part)),
        part,
      ).toBe(true);
    }
    expect(findLeaks(hay, SECRETS)).toEqual([]);
  });

  test("the log was read at its fullest, and says what happened without saying to whom", () => {
    const log = hay.find(({ where }) => where === "log")!.bytes.toString();
    for (const id of ids) expect(log).toContain(id);
    expect(log).toContain("attempt.finished");
    expect(log.split("\n").length).toBeGreaterThan(50);
  });

  test("control: the scan finds each secret where somebody planted it, in each form", () => {
    for (const secret of [...SECRETS.codes, ...SECRETS.numbers]) {
      const hex = Buffer.from(secret).toString("hex");
      const inside = Buffer.from(`{"to":"${secret}"}`).toString("base64");
      for (const planted of [secret, hex, inside, secret.replace(/^\+49/, "0")]) {
        const found = findLeaks([...hay, straw("planted", `before ${planted} after`)], SECRETS);
        expect(new Set(found.map(({ where }) => where))).toEqual(new Set(["planted"]));
      }
    }
  });

  test("control: the twin's ledger, which holds what was sent, is found out", async () => {
    const ledger = straw("ledger", readFileSync(twin.ledgerFile));
    const sent = (["delivered", "silent", "nextcloud"] as const).flatMap((name) => {
      const one = { codes: [CODES[name]], numbers: [NUMBERS[name]] };
      return findLeaks([ledger], one).map(({ form }) => form);
    });
    expect(sent.filter((form) => form === "code 1 as plain")).toHaveLength(3);
    expect(sent.filter((form) => form === "number 1 as plain").length).toBeGreaterThanOrEqual(3);
    expect(findLeaks([ledger], { codes: [CODES.malformed], numbers: [NUMBERS.malformed] })).toEqual([]);
  });
});
