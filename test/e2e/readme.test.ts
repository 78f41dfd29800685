import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { PROVIDERS } from "../../src/providers/registry.ts";
import { eventually } from "../support/eventually.ts";
import { endLeftovers, startProcess, type TestProcess } from "../support/processes.ts";
import { codeBlocks, readPage, ROOT } from "../support/readme.ts";

const page = readPage("README.md");
const dirs: string[] = [];

afterAll(() => dirs.forEach((dir) => rmSync(dir, { recursive: true, force: true })));

/** The program npm itself, without its shell wrapper, so that a signal reaches it. */
function npm(): string {
  for (const folder of process.env["PATH"]!.split(delimiter)) {
    try {
      const file = realpathSync(join(folder, "npm"));
      if (file.endsWith(".js")) return file;
    } catch {
      // Not in this folder.
    }
  }
  return process.env["npm_execpath"]!;
}

/** Free ports, a directory of its own, and no key of a provider, whatever a file .env says. */
function settings(): Record<string, string> {
  const dataDir = mkdtempSync(join(tmpdir(), "otpost-readme-"));
  dirs.push(dataDir);
  const keys = Object.fromEntries(PROVIDERS.map(({ key }) => [key, ""]));
  return { ...keys, PORT: "0", OPERATOR_PORT: "0", DATA_DIR: dataDir, REDIS_URL: "", LOG_LEVEL: "warn" };
}

/** Ends a service that outlived its npm; its data directory knows who it is. */
function endOrphan(dataDir: string): void {
  for (const name of readdirSync(dataDir).filter((file) => file.startsWith("otpost.lock."))) {
    const { pid } = JSON.parse(readFileSync(join(dataDir, name), "utf8")) as { pid?: number };
    if (pid !== undefined) process.kill(pid, "SIGTERM");
  }
}

/** The first shell block of the page that holds these words. */
function block(words: string): string {
  const found = codeBlocks(page).find(({ language, text }) => language === "sh" && text.includes(words));
  if (!found) throw new Error(`README.md has no shell block with ${words}`);
  return found.text;
}

async function shell(script: string, env: Record<string, string>): Promise<string> {
  const options = { cwd: ROOT, env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env } };
  const { stdout } = await promisify(execFile)("bash", ["--norc", "-euc", script], options);
  return stdout;
}

type Ready = {
  publicUrl: string;
  operatorUrl: string;
  apiKey: string;
  operatorToken: string;
  dataDir: string;
};

describe("npm start", () => {
  const env = settings();
  let running: TestProcess;
  let ready: Ready;

  beforeAll(async () => {
    running = await startProcess([npm(), "start", "--", "--json"], { env });
    ready = JSON.parse(await running.waitForLine(/^\{"/, { timeoutMs: 90_000 })) as Ready;
  });

  afterAll(async () => {
    endOrphan(env["DATA_DIR"]!);
    await endLeftovers();
  });

  const inShell = (script: string, more: Record<string, string> = {}) =>
    shell(script, { ...env, OTPOST_URL: ready.publicUrl, OTPOST_KEY: ready.apiKey, ...more });

  test("the README's curl gets a 202, and its second one sees the code arrive", async () => {
    const answer = await inShell(block('curl -sS -i "$OTPOST_URL/v1/deliveries"'));

    expect(answer).toMatch(/^HTTP\/1\.1 202/);
    const { id } = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))) as { id: string };
    const look = block('"$OTPOST_URL/v1/deliveries/$ID"');
    const seen = await eventually(
      async () => {
        const view = JSON.parse(await inShell(look, { ID: id })) as { state: string; sandbox?: boolean };
        expect(view.state).toBe("delivered");
        return view;
      },
      { timeoutMs: 20_000, everyMs: 200 },
    );
    expect(seen.sandbox).toBe(true);
    expect(JSON.stringify(seen)).not.toMatch(/482913|4915112345678/);
  });

  test("the number that the README calls refused by seven is delivered by Telegram", async () => {
    const to = /`(\+49\d+)` is refused by seven and delivered by Telegram/.exec(page)![1]!;
    const send = block('curl -sS -i "$OTPOST_URL/v1/deliveries"').replace(/"to": "[^"]+"/, `"to": "${to}"`);
    const answer = await inShell(send);
    const { id } = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))) as { id: string };

    type View = { state: string; attempts: { route: string; state: string }[] };
    await eventually(
      async () => {
        const view = JSON.parse(await inShell(block("/v1/deliveries/$ID"), { ID: id })) as View;
        const ways = view.attempts.map(({ route, state }) => `${route} ${state}`);
        expect(ways).toEqual(["seven-sms refused", "telegram-gateway delivered"]);
      },
      { timeoutMs: 20_000, everyMs: 200 },
    );
  });

  test("a client added by the README's command sends as Nextcloud would after the four occ lines", async () => {
    const occ = block("occ config:app:set");
    const value = (name: string) => new RegExp(`${name} --value='?([^'\\n]+)`).exec(occ)![1]!;
    const add = /`otpost (clients add cloud --region DE)`/.exec(page)![1]!;
    const added = await inShell(`npx --no-install otpost ${add} --json`);
    const { apiKey } = JSON.parse(added) as { apiKey: string };

    expect(occ.trim().split("\n")).toHaveLength(4);
    const url = new URL(ready.publicUrl + new URL(value("playsms_url")).pathname);
    url.search = String(
      new URLSearchParams({
        app: "ws",
        u: value("playsms_user"),
        h: apiKey,
        op: "pv",
        to: "0151 12345679",
        msg: "730518 is your Nextcloud authentication code",
      }),
    );
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ data: [{ status: "OK", to: "+4915112345679" }] });
  });

  test("the pages that the README names are served, the operators' ones behind the token", async () => {
    const status = async (url: string, token?: string) => {
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const answer = await fetch(url, { headers, redirect: "manual" });
      await answer.text();
      return answer.status;
    };

    for (const path of ["/docs", "/openapi.json", "/livez", "/readyz"]) {
      expect([path, await status(ready.publicUrl + path)]).toEqual([path, 200]);
    }
    for (const path of ["/metrics", "/queues"]) {
      expect([path, await status(ready.operatorUrl + path)]).not.toEqual([path, 200]);
      expect([path, await status(ready.operatorUrl + path, ready.operatorToken)]).toEqual([path, 200]);
    }
  });

  test("SIGTERM ends it in order", async () => {
    running.kill("SIGTERM");

    const ended = await Promise.race([
      running.exited,
      sleep(25_000, "npm left the service behind", { ref: false }),
    ]);
    expect(ended).toEqual({ code: 0, signal: null });
  });
});

describe("npm run demo", () => {
  afterEach(async () => expect(await endLeftovers()).toEqual([]));

  test("the demo of the first lines ends well, in the time that the README says", async () => {
    const run = await startProcess([npm(), "run", "demo"], { env: settings() });

    expect(await run.exited, run.stdout() + run.stderr()).toEqual({ code: 0, signal: null });
    expect(page).toContain("in about 40 seconds");
  });
});
