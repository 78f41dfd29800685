import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DebianServer, startDebianServer } from "../support/debian-server.ts";
import { freePort } from "../support/ports.ts";
import { ROOT } from "../support/readme.ts";

/** Far below the second that the app gives otpost. */
const PAGE_MS = 500;

const dir = mkdtempSync(join(tmpdir(), "otpost-fpm-"));
const servers: DebianServer[] = [];
let url: string;

/** Debian's name for it holds the version. */
function phpFpm(): string {
  const folder = "/usr/sbin";
  const name = readdirSync(folder).find((one) => one.startsWith("php-fpm"));
  if (name === undefined) throw new Error("php-fpm is missing: apt-get install php-fpm");
  return join(folder, name);
}

beforeAll(async () => {
  const [fpmPort, port] = [await freePort(), await freePort()];
  const owner = userInfo().uid === 0 ? "user = root\ngroup = root\n" : "";
  const pool = `[www]\n${owner}listen = 127.0.0.1:${fpmPort}\npm = static\npm.max_children = 2\n`;
  writeFileSync(join(dir, "fpm.conf"), `[global]\ndaemonize = no\nerror_log = ${dir}/fpm.log\n${pool}`);
  const script = join(ROOT, "test/php/login.php");
  const parameters = {
    SCRIPT_FILENAME: script,
    QUERY_STRING: "$query_string",
    REQUEST_METHOD: "$request_method",
  };
  const lines = Object.entries(parameters).map(([name, value]) => `fastcgi_param ${name} ${value};`);
  writeFileSync(
    join(dir, "nginx.conf"),
    [
      `daemon off; pid ${dir}/pid; error_log ${dir}/error.log; events {}`,
      `http { access_log off; server { listen 127.0.0.1:${port};`,
      `location / { fastcgi_pass 127.0.0.1:${fpmPort}; ${lines.join(" ")} } } }`,
    ].join("\n"),
  );
  const fpm = ["-R", "-n", "-d", "extension=curl", "-y", join(dir, "fpm.conf")];
  servers.push(await startDebianServer(phpFpm(), fpm, { port: fpmPort, packages: "php-fpm" }));
  const nginx = ["-c", join(dir, "nginx.conf")];
  servers.push(await startDebianServer("nginx", nginx, { port, packages: "nginx-light" }));
  url = `http://127.0.0.1:${port}/`;
});

afterAll(async () => {
  for (const server of servers.reverse()) await server.end();
  rmSync(dir, { recursive: true });
});

test("under PHP-FPM the page is out before otpost is told, though otpost hangs", async () => {
  const asked: string[] = [];
  const silent = createServer((socket) => socket.on("data", (data) => void asked.push(data.toString())));
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const connected = once(silent, "connection").then(async ([socket]) => once(socket as never, "close"));
  const settings = { url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`, key: "cloud.key" };
  const given = { settings, preferences: { sms_identifier: "+4915100000001" } };

  const startedAt = performance.now();
  const page = await fetch(`${url}?${String(new URLSearchParams({ given: JSON.stringify(given) }))}`);
  expect(await page.text()).toMatch(/^page \d+\n$/);
  const pageMs = performance.now() - startedAt;
  await connected;
  const postMs = performance.now() - startedAt;
  silent.close();

  expect(pageMs).toBeLessThan(PAGE_MS);
  expect(postMs).toBeGreaterThan(PAGE_MS);
  const [request = ""] = asked;
  expect(request).toMatch(/^POST \/v1\/outcomes HTTP/);
  expect(asked.join("")).toMatch(/\{"to":"\+4915100000001","verified":true,"at":\d{13}\}$/);
});
