import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const LINES_MAX = 250;

type Row = { own: string[]; packages: string[] };

/**
 * What each folder may import besides its own files. A name that ends in "/" or ":" stands for all below it,
 * one with "type " in front for its types only.
 */
const TABLE: Record<string, Row> = {
  "src/core": { own: [], packages: [] },
  "src/flows": { own: ["src/core/"], packages: [] },
  "src/platform": {
    own: ["type src/flows/ports.ts", "type src/flows/events.ts"],
    packages: ["node:", "pino", "prom-client", "uuid"],
  },
  "src/providers": {
    own: [
      "src/core/",
      "type src/flows/ports.ts",
      "type src/flows/report-port.ts",
      "type src/flows/turns-port.ts",
      "src/platform/",
    ],
    packages: ["zod", "undici", "node:crypto", "type node:dns", "type node:net"],
  },
  // Not only types of the ports: StoreUnavailable is thrown here and caught by name elsewhere.
  "src/redis": {
    own: [
      "src/core/",
      "src/flows/ports.ts",
      "type src/flows/events.ts",
      "type src/flows/job-port.ts",
      "type src/flows/limit-ports.ts",
      "type src/flows/signer-port.ts",
      "type src/flows/turns-port.ts",
      "type src/flows/health-port.ts",
      "type src/flows/operator-port.ts",
      "type src/flows/notify-ports.ts",
      "type src/flows/figures-port.ts",
      "type src/flows/find-port.ts",
      "src/platform/",
    ],
    packages: ["ioredis", "bullmq", "zod", "lru-cache", "node:"],
  },
  "src/http": {
    own: ["src/core/", "src/flows/", "src/platform/"],
    packages: [
      "hono",
      "@hono/",
      "zod",
      "@bull-board/",
      "prom-client",
      "node:crypto",
      "node:fs",
      "node:http",
      "node:module",
      "node:net",
      "standardwebhooks",
    ],
  },
  "src/identity": {
    own: ["src/core/", "type src/flows/operator-port.ts"],
    packages: ["openid-client", "undici"],
  },
  "src/policy": { own: ["src/core/"], packages: ["yaml", "zod", "node:crypto"] },
  "src/notify": {
    own: [
      "src/core/",
      "type src/flows/notify-ports.ts",
      "src/providers/call.ts",
      "src/providers/connection.ts",
      "src/providers/answer-outcome.ts",
      "src/platform/",
    ],
    packages: ["standardwebhooks", "node:dns", "node:net"],
  },
  "src/twins": { own: ["src/platform/"], packages: ["hono", "@hono/", "zod", "undici", "node:"] },
  "src/doctor": {
    own: [
      "src/core/",
      "src/platform/",
      "src/policy/",
      "src/providers/",
      "src/redis/",
      "src/config.ts",
      "src/master-keys.ts",
      "src/policy-file.ts",
      "src/redis-home.ts",
      "type src/twins/seven/contract.ts",
    ],
    packages: ["node:", "zod", "type ioredis"],
  },
  "src/nextcloud": { own: [], packages: [] },
  workers: {
    own: [
      "src/flows/",
      "src/redis/",
      "src/platform/",
      "type src/notify/webhook.ts",
      "src/compose.ts",
      "src/config.ts",
    ],
    packages: ["bullmq", "type ioredis"],
  },
  scripts: { own: [], packages: ["node:"] },
};
/** Entries and tools, which know everyone. */
const FREE = ["src/cli", "src/demo", "src/drill", "src/up", "bench", "src", "workers/main.ts"];
const EXTRA: Record<string, string[]> = { "src/core/phone.ts": ["libphonenumber-js"] };
const MAY_PRINT = ["src/cli/", "src/demo/", "bench/", "scripts/"];

const IMPORT =
  /^\s*(?:import|export)\b[^"';]*?\bfrom\s*["']([^"'\s]+)["']|^\s*import\s*["']([^"'\s]+)["']|\bimport\s*\(\s*["']([^"'\s]+)["']/gm;

function folderOf(file: string): string {
  const [top = "", second = ""] = file.split("/");
  return top === "src" && file.split("/").length > 2 ? `src/${second}` : top;
}

function matches(name: string, allowed: readonly string[]): boolean {
  return allowed.some((a) => name === a || (/[:/]$/.test(a) ? name.startsWith(a) : name.startsWith(`${a}/`)));
}

function importFault(file: string, statement: RegExpMatchArray): string | undefined {
  const folder = folderOf(file);
  if (FREE.includes(folder) || FREE.includes(file)) return undefined;
  const specifier = statement.slice(1).find((part) => part !== undefined) ?? "";
  const row = TABLE[folder];
  if (!row) return `${file}: no row in the table for ${folder}`;
  const isOwn = specifier.startsWith(".");
  const target = isOwn ? posix.join(posix.dirname(file), specifier) : specifier;
  const allowed = isOwn ? [`${folder}/`, ...row.own] : [...row.packages, ...(EXTRA[file] ?? [])];
  const typesOnly = /^\s*(import|export)\s+type\b/.test(statement[0]);
  const names = allowed.map((a) => (typesOnly ? a.replace(/^type /, "") : a));
  return matches(target, names) ? undefined : `${file} imports ${target}`;
}

/** Everything in which a source breaks the house rules; pure, so that planted sources prove that it can fail. */
function violations(file: string, source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const lines = source.split("\n").length - 1;
  const stem = posix.basename(file).replace(/\..*$/, "");
  const isBudgeted = file.startsWith("src/") || file.startsWith("workers/");
  const mayPrint = MAY_PRINT.some((folder) => file.startsWith(folder));
  return [
    ...[...code.matchAll(IMPORT)].map((m) => importFault(file, m)),
    isBudgeted && lines > LINES_MAX && `${file} has ${lines} lines`,
    /^(utils?|helpers?|common|types?)$/.test(stem) && `${file} names a drawer, not a noun or verb`,
    /^export default\b|\bas default\b/m.test(code) && `${file} has a default export`,
    !mayPrint && /\bconsole\.\w+\(/.test(code) && `${file} prints`,
  ].filter((fault) => typeof fault === "string");
}

function walked(): string[] {
  return ["src", "workers", "bench", "scripts"].flatMap((top) => {
    const names = readdirSync(ROOT).includes(top) ? readdirSync(join(ROOT, top), { recursive: true }) : [];
    const sources = names
      .map(String)
      .filter((name) => /\.(ts|tsx|mjs)$/.test(name) && !name.endsWith(".d.mts"));
    return sources.map((name) => posix.join(top, name.replaceAll("\\", "/")));
  });
}

describe("the house rules", () => {
  test("hold for every source file", () => {
    const files = walked();
    for (const folder of [
      "src/core/",
      "src/flows/",
      "src/platform/",
      "src/redis/",
      "src/twins/",
      "scripts/",
    ]) {
      expect(files.filter((f) => f.startsWith(folder)).length, folder).toBeGreaterThan(0);
    }
    expect(files.flatMap((file) => violations(file, readFileSync(join(ROOT, file), "utf8")))).toEqual([]);
  });

  test.each([
    ["src/core/a.ts", 'import { z } from "zod";'],
    ["src/core/a.ts", 'import { p } from "libphonenumber-js/max";'],
    ["src/core/a.ts", 'import type { X } from "../flows/ports.ts";'],
    ["src/core/a.ts", 'import { readFileSync } from "node:fs";'],
    ["src/flows/a.ts", 'import {\n  a,\n  b,\n} from "../redis/keys.ts";'],
    ["src/flows/a.ts", 'export { a } from "../platform/clock.ts";'],
    ["src/flows/a.ts", 'const a = await import("ioredis");'],
    ["src/platform/a.ts", 'import type { D } from "../core/delivery.ts";'],
    ["src/platform/a.ts", 'import { StoreUnavailable } from "../flows/ports.ts";'],
    ["src/providers/a.ts", 'import { StoreUnavailable } from "../flows/ports.ts";'],
    ["src/providers/a.ts", 'import type { AttemptJob } from "../flows/attempt.ts";'],
    ["src/providers/a.ts", 'import { createHash } from "node:fs";'],
    ["src/providers/a.ts", 'import "../redis/client.ts";'],
    ["src/providers/deep/a.ts", 'import { k } from "../../redis/keys.ts";'],
    ["src/redis/a.ts", 'import type { Accepted } from "../flows/accept.ts";'],
    ["src/redis/a.ts", 'import { seven } from "../providers/seven.ts";'],
    ["src/http/a.ts", 'import Redis from "ioredis";'],
    ["src/http/a.tsx", 'import { z } from "zodiac";'],
    ["src/twins/a.ts", 'import { codeIn } from "../core/message.ts";'],
    ["workers/a.ts", 'import { Redis } from "ioredis";'],
    ["workers/a.ts", 'import { seven } from "../src/providers/seven.ts";'],
    ["scripts/a.mjs", 'import { Command } from "commander";'],
    ["src/somewhere/a.ts", 'import { z } from "zod";'],
    ["src/core/a.ts", "x\n".repeat(251)],
    ["workers/a.ts", "x\n".repeat(251)],
    ["src/cli/utils.ts", ""],
    ["src/http/types.ts", ""],
    ["src/cli/a.ts", "export default 1;"],
    ["src/http/a.ts", 'console.log("x");'],
  ])("%s with a planted fault (%#) is found once", (file, source) => {
    expect(violations(file, source)).toHaveLength(1);
  });

  test.each([
    ["src/core/phone.ts", 'import { p } from "libphonenumber-js/max";'],
    ["src/platform/a.ts", 'import type { FlowEvent } from "../flows/events.ts";'],
    ["src/redis/embedded/a.ts", 'import { k } from "../keys.ts";\nimport { x } from "node:fs/promises";'],
    ["src/http/a.tsx", 'import { jsx } from "hono/jsx";\nimport { serve } from "@hono/node-server";'],
    ["workers/a.ts", 'import { createApp } from "../src/compose.ts";\nimport { b } from "./b.ts";'],
    ["src/cli/a.ts", 'import { Command } from "commander";\nconsole.log("x");'],
    ["src/core/a.ts", "x\n".repeat(250)],
    ["src/core/a.ts", '// the operator\'s console.log(\n/** import it from "zod" */'],
  ])("%s with a fair source (%#) is not", (file, source) => {
    expect(violations(file, source)).toEqual([]);
  });
});
