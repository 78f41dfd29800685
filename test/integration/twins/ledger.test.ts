import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile, appendFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { createLedger } from "../../../src/twins/ledger.ts";
import { aTwin, get, seven, telegram } from "./calls.ts";

const text = "Code 123456";
const to = "+4915112345678";
const lines = async (file: string) =>
  (await readFile(file, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

async function aFile(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "otpost-ledger-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  return join(dir, "ledger.ndjson");
}

async function aTwinProcess(file: string) {
  const script = fileURLToPath(new URL("twin-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = await once(createInterface(child.stdout), "line");
  const { seven: sevenUrl, telegram: telegramUrl } = JSON.parse(line);
  return { child, seven: { url: sevenUrl }, telegram: { url: telegramUrl } };
}

describe("the ledger", () => {
  it("holds every answered accept after a kill -9, and a restart goes on from it", async () => {
    const file = await aFile();
    const first = await aTwinProcess(file);
    const numbers = Array.from({ length: 30 }, (_, n) => `+49151123456${String(n).padStart(2, "0")}`);
    const answers = await Promise.all(
      numbers.map((number) => seven(first.seven, "sms", { to: number, text })),
    );
    const sent = await telegram(first.telegram, "sendVerificationMessage", {
      phone_number: to,
      code: "123456",
    });
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    const answered = answers.map(({ body }) => JSON.parse(body).messages[0].id);
    const entries = await lines(file);
    const written = entries
      .filter(({ event }) => event === "accepted")
      .map((entry) => entry.providerMessageId);
    expect(new Set(written)).toEqual(new Set([...answered, sent.body.result["request_id"]]));
    expect(written).toHaveLength(31);

    await appendFile(file, '{"seq":99,"provider":"sev');
    const twin = await aTwin("seven", { ledger: file });
    expect(JSON.parse((await get(twin, "journal/outbound", { to: numbers[7]! })).body)).toHaveLength(1);
    expect(JSON.parse((await seven(twin, "sms", { to: numbers[7]!, text })).body).success).toBe("402");
    const next = JSON.parse((await seven(twin, "sms", { to: numbers[7]!, text: "other" })).body);
    expect(answered).not.toContain(next.messages[0].id);
    expect((await lines(file)).at(-1)).toMatchObject({ event: "accepted", text: "other" });
    const telegramTwin = await aTwin("telegram-gateway", { ledger: file });
    const { request_id } = sent.body.result;
    expect((await telegram(telegramTwin, "checkVerificationStatus", { request_id })).body["ok"]).toBe(true);
  });

  it("takes nothing that it cannot write down, and keeps no lock for it", async () => {
    const broken = await createLedger(await aFile());
    await broken.close();
    const twin = await aTwin("seven", { ledger: broken });
    const answers = [await seven(twin, "sms", { to, text }), await seven(twin, "sms", { to, text })];
    expect(answers.map(({ status }) => status)).toEqual([500, 500]);
    expect(broken.counts().accepted).toBe(0);
    expect(JSON.parse((await get(twin, "journal/outbound")).body)).toEqual([]);
    const telegramTwin = await aTwin("telegram-gateway", { ledger: broken });
    const request = { phone_number: to, code: "123456" };
    const answer = await fetch(`${telegramTwin.url}/sendVerificationMessage`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer t" },
      body: JSON.stringify(request),
    });
    expect([answer.status, broken.counts().accepted]).toEqual([500, 0]);
  });

  it("is readable by its owner only and numbers its entries through", async () => {
    const file = await aFile();
    const ledger = await createLedger(file);
    const refused = { provider: "seven", event: "refused", recipient: "1", reason: "202" } as const;
    await Promise.all(Array.from({ length: 50 }, () => ledger.append(refused).durable));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await ledger.close();
    expect((await lines(file)).map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    const again = await createLedger(file, { fsync: false });
    const { entry, durable } = again.append(refused);
    await durable;
    expect([entry.seq, again.counts().refused]).toEqual([51, 51]);
    await again.close();
  });

  it("does not start on a damaged file", async () => {
    const file = await aFile();
    await writeFile(file, "not json\n");
    await expect(createLedger(file)).rejects.toThrow(SyntaxError);
  });
});
