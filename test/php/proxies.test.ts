import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { selfSigned } from "../support/certificate.ts";
import { type DebianServer, startDebianServer } from "../support/debian-server.ts";
import { plainNumber } from "../support/http-client.ts";
import { debian } from "../support/php.ts";
import { freePort } from "../support/ports.ts";
import { codeBlocks, readPage } from "../support/readme.ts";
import { closeAll, freshDir, leftovers, NOTHING_LEFT, type Service, startUp } from "../support/service.ts";

const HOST = "otp.example.org";

type Proxy = {
  name: string;
  language: string;
  packages: string;
  program: string;
  /** The page's own lines within the least that the program starts with. */
  around: (snippet: string, dir: string) => string;
  check: (file: string) => string[];
  run: (file: string) => string[];
};

const APACHE_MODULES = ["mpm_event", "authz_core", "ssl", "socache_shmcb", "proxy", "proxy_http"];
const asRoot = userInfo().uid === 0;

const PROXIES: Proxy[] = [
  {
    name: "nginx",
    language: "nginx",
    packages: "nginx-light",
    program: "nginx",
    around: (snippet, dir) =>
      `daemon off;\npid ${dir}/pid;\nerror_log ${dir}/logs/main.log crit;\nevents {}\nhttp {\n${snippet}\n}\n`,
    check: (file) => ["-t", "-c", file],
    run: (file) => ["-c", file],
  },
  {
    name: "Apache",
    language: "apache",
    packages: "apache2-bin",
    program: "apache2",
    around: (snippet, dir) =>
      [
        "ServerRoot /usr/lib/apache2",
        "ServerName localhost",
        ...APACHE_MODULES.map((name) => `LoadModule ${name}_module modules/mod_${name}.so`),
        ...(asRoot ? ["User www-data", "Group www-data"] : []),
        `Listen ${/:(\d+)>/.exec(snippet)?.[1]}`,
        `PidFile ${dir}/pid`,
        `DefaultRuntimeDir ${dir}`,
        `ErrorLog ${dir}/logs/main.log`,
        snippet,
      ].join("\n"),
    check: (file) => ["-t", "-f", file],
    run: (file) => ["-f", file, "-D", "FOREGROUND"],
  },
];

let service: Service;
let otpostPort: number;
beforeAll(async () => {
  otpostPort = await freePort();
  service = await startUp({ DATA_DIR: freshDir(), PORT: String(otpostPort), TRUSTED_PROXIES: "127.0.0.1" });
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

async function statusOf(port: number, path: string, method = "GET"): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { host: HOST };
    const call = request(
      { host: "127.0.0.1", port, path, method, headers, servername: HOST, rejectUnauthorized: false },
      (answer) => {
        answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
      },
    );
    call.once("error", reject).end();
  });
}

function playsmsPath(to: string, msg: string): string {
  const { clientId: u, apiKey: h } = service.ready;
  return `/compat/playsms?${String(new URLSearchParams({ app: "ws", op: "pv", u, h, to, msg }))}`;
}

describe.each(PROXIES)("the lines for $name on the page", (proxy) => {
  const dir = mkdtempSync(join(tmpdir(), "otpost-proxy-"));
  const file = join(dir, "proxy.conf");
  const n = PROXIES.indexOf(proxy);
  const to = plainNumber(n, 95);
  const code = String(850_301 + n);
  const env = { APACHE_LOG_DIR: join(dir, "logs") };
  let port: number;
  let server: DebianServer;

  const start = () =>
    startDebianServer(proxy.program, proxy.run(file), { port, packages: proxy.packages, env });
  const restartWith = async (change: (lines: string) => string) => {
    await server.end();
    writeFileSync(file, change(readFileSync(file, "utf8")));
    server = await start();
  };

  beforeAll(async () => {
    port = await freePort();
    mkdirSync(join(dir, "logs"));
    const { key, cert } = selfSigned(HOST);
    writeFileSync(join(dir, "fullchain.pem"), cert);
    writeFileSync(join(dir, "privkey.pem"), key);
    const block = codeBlocks(readPage("docs/nextcloud.md")).find(
      ({ language }) => language === proxy.language,
    )!;
    const snippet = block.text
      .replaceAll("/etc/ssl/otp.example.org", dir)
      .replaceAll("/var/log/nginx", join(dir, "logs"))
      .replace(/\b443\b/, String(port))
      .replace("127.0.0.1:3000", `127.0.0.1:${otpostPort}`);
    writeFileSync(file, proxy.around(snippet, dir));
    server = await start();
  });
  afterAll(async () => {
    await server.end();
    rmSync(dir, { recursive: true });
  });

  const logs = () =>
    readdirSync(join(dir, "logs")).map((name) => readFileSync(join(dir, "logs", name), "utf8"));

  test("are taken by the program", async () => {
    const checked = await debian(proxy.program, proxy.check(file), proxy.packages, env);
    expect(checked).toMatchObject({ code: 0, stderr: expect.stringMatching(/syntax (is )?ok/i) });
  });

  test("let a code through, with slashes of every kind", async () => {
    expect(await statusOf(port, playsmsPath(to, `${code} is your Nextcloud authentication code`))).toBe(200);
    expect(await statusOf(port, "//compat//huawei//webserver/SesTokInfo")).toBe(200);
    expect(await statusOf(port, "/compat/signal/v1/send/0151%2F1234567", "POST")).toBe(200);
  });

  test("keep query, number, text and key out of every log, also when otpost does not answer", async () => {
    await restartWith((lines) => lines.replaceAll(`127.0.0.1:${otpostPort}`, "127.0.0.1:9"));
    expect(
      await statusOf(port, playsmsPath(to, `${code} is your Nextcloud authentication code`)),
    ).toBeGreaterThan(501);
    await server.end();

    const said = logs().join("\n");
    expect(said).toMatch(/GET 200/);
    expect(said).toMatch(/GET 50[23]/);
    for (const secret of [service.ready.apiKey, to.slice(1), to.slice(-8), code, "playsms", "?"]) {
      expect([secret, said.includes(secret)]).toEqual([secret, false]);
    }
  });

  test("leave out at least one log that would have held the code", async () => {
    const path = playsmsPath(to, `${code} is your Nextcloud authentication code`);
    await restartWith((lines) => {
      const levels = lines.replaceAll(/(error\.log|LogLevel) +crit/g, "$1 error");
      return levels.replace(/(LogFormat ".*?)%m/, "$1%r").replace("$request_method", "$request");
    });
    await statusOf(port, path);
    await server.end();
    expect(logs().join("\n")).toContain(code);
  });
});
