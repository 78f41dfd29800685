import { expect, test } from "vitest";
import { parse } from "yaml";
import {
  callFault,
  cliVerbs,
  exampleSettings,
  readPage,
  settingsOfTheProgram,
} from "../../support/readme.ts";

type Service = {
  image: string;
  build?: string;
  command: string[];
  user?: string;
  profiles?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  tmpfs?: string[];
  stop_grace_period?: string;
  environment: Record<string, string>;
  ports?: string[];
  volumes: string[];
  networks: string[];
  depends_on?: Record<string, { condition: string }> | string[];
  healthcheck?: { test: string[] };
};

type Compose = {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks: Record<string, { internal?: boolean } | null>;
};

const text = readPage("docker-compose.yml");
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const ours = services.filter(([name]) => name !== "redis");
const { redis, api, workers, twins } = compose.services;

/** Names that the file itself asks for: ${NAME}, ${NAME:-default}, ${NAME:?message}. */
const asked = new Set([...text.matchAll(/\$\{([A-Z_0-9]+)/g)].map(([, name = ""]) => name));

test("there are Redis, the API, the workers and, in a profile, the twins", () => {
  expect(Object.keys(compose.services).toSorted()).toEqual(["api", "redis", "twins", "workers"]);
  expect(twins?.profiles).toEqual(["twins"]);
  expect([api, workers, redis].map((service) => service?.profiles)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test.each(ours)("%s calls a verb of the command line with options that it has", async (_, { command }) => {
  expect(callFault(await cliVerbs(), command)).toBeUndefined();
});

test("the check of verbs and options is able to fail", async () => {
  const verbs = await cliVerbs();

  expect(callFault(verbs, ["nonsense"])).toBe("there is no verb nonsense");
  expect(callFault(verbs, ["twin", "--nonsense=1"])).toBe("twin has no --nonsense");
});

test.each(["api", "workers"])("%s hands on every setting that the image does not fix itself", (name) => {
  const fixed = ["HOST", "PORT", "OPERATOR_PORT", "DATA_DIR"];
  const wanted = [...settingsOfTheProgram().keys()].filter(
    (key) => !fixed.includes(key) && key !== "SANDBOX",
  );

  expect(Object.keys(compose.services[name]!.environment).toSorted()).toEqual(wanted.toSorted());
});

test("settings are handed on under their own name, and without a default of the file's own", () => {
  for (const [name, value] of Object.entries(api!.environment)) {
    if (name === "REDIS_URL" || name === "LOG_FORMAT") continue;
    expect(value).toMatch(new RegExp(`^\\$\\{${name}:(-|\\?[^}]+)\\}$`));
  }
});

test.each(["REDIS_PASSWORD", "MASTER_KEY", "OPERATOR_TOKEN"])(
  "%s has no default: without it compose refuses",
  (name) => {
    const uses = [...text.matchAll(new RegExp(`\\$\\{${name}\\b(.{0,2})`, "g"))].map(([, mark]) => mark);

    expect(uses.length).toBeGreaterThan(0);
    for (const mark of uses) expect(mark).toBe(":?");
  },
);

test("every variable that the file asks for is explained in .env.example, the ones of compose only included", () => {
  const explained = new Set(exampleSettings().map(({ name }) => name));
  const settings = settingsOfTheProgram();

  expect([...asked].filter((name) => !explained.has(name))).toEqual([]);
  expect([...explained].filter((name) => !asked.has(name) && !settings.has(name))).toEqual([]);
});

test.each(services)("%s: networks, volumes and services that it names exist", (_, service) => {
  for (const network of service.networks) expect(compose.networks).toHaveProperty(network);
  for (const volume of service.volumes) expect(compose.volumes).toHaveProperty(volume.split(":")[0]!);
  for (const other of Object.keys(service.depends_on ?? {})) expect(compose.services).toHaveProperty(other);
});

test.each(services)(
  "%s runs without rights, on a read-only file system, and has time to drain",
  (_, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      stop_grace_period: "25s",
    });
  },
);

test("only the API is published, each port on the loopback address unless told otherwise", () => {
  const published = services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name);

  expect(published).toEqual(["api"]);
  expect(api?.ports).toEqual([
    `\${BIND_ADDRESS:-127.0.0.1}:\${PORT:-${settingsOfTheProgram().get("PORT")}}:3000`,
    `127.0.0.1:\${OPERATOR_PORT:-${settingsOfTheProgram().get("OPERATOR_PORT")}}:3001`,
  ]);
});

test("Redis is in a network without a way out; what waits for it waits until it is healthy", () => {
  expect(redis?.networks).toEqual(["backend"]);
  expect(compose.networks["backend"]?.internal).toBe(true);
  for (const service of [api, workers]) {
    expect(service?.networks).toEqual(["backend", "outside"]);
    expect(service?.depends_on).toEqual({ redis: { condition: "service_healthy" } });
  }
  expect(redis?.healthcheck?.test.join(" ")).toContain("redis-cli ping");
});

test("Redis keeps what it acknowledged, evicts nothing, asks for a password and never shows it in its arguments", () => {
  const script = redis!.command.at(-1)!;
  const settings = new Map(
    script.split("\n").map((line) => [line.split(" ")[0]!, line.split(" ").slice(1).join(" ")]),
  );

  expect(Object.fromEntries(settings)).toMatchObject({
    appendonly: "yes",
    appendfsync: "everysec",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
    "hash-max-listpack-value": "1024",
    requirepass: "$$REDIS_PASSWORD",
  });
  expect(script.split("\n")[0]).toBe("exec redis-server - <<CONF");
  expect(redis?.user).toBe("999:999");
});

test("the twins get no secret and reach nothing outside", () => {
  expect(twins?.environment).toEqual({});
  expect(twins?.networks).toEqual(["backend"]);
});

test("the twins' health check asks the port that they are told to listen on", () => {
  const port = twins!.command.find((word) => word.startsWith("--seven-port="))!.split("=")[1]!;

  expect(twins?.healthcheck?.test.at(-1)).toContain(`http://127.0.0.1:${port}/_twin/magic`);
});
