import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Checked } from "../../../src/doctor/finding.ts";
import { repairsOf } from "../../../src/doctor/installation/hooks.ts";
import type { World } from "../../../src/doctor/installation/world.ts";
import { createClientAdmin } from "../../../src/redis/client-admin.ts";
import { examined, type Installed } from "./installed.ts";

/** How faults are planted, and what undoes them. */

export type Planted = { world: World; cure: (found: readonly Checked[]) => Promise<unknown> };
export type Fault = {
  /** What is told, all of it, as `check: level`. */
  told: string[];
  what: RegExp;
  todo: RegExp;
  /** @returns the world with the fault, and the cure, which does what the finding says */
  plant: (it: Installed) => Planted | Promise<Planted>;
};

/** For faults of a port or setting: with the right one the world is as it was. */
export const otherwise = (it: Installed, changed: Partial<World>): Planted => ({
  world: { ...it.world, ...changed },
  cure: async () => undefined,
});
export const setting = (it: Installed, changed: Record<string, string>) =>
  otherwise(it, { env: { ...it.env, ...changed } });

/** In Redis itself; the cure is the command that the finding names. */
export async function configured(it: Installed, name: string, value: string): Promise<Planted> {
  await it.redis.config("SET", name, value);
  const cure = async (found: readonly Checked[]) => {
    const [, setting_ = "", to = ""] = /CONFIG SET (\S+) ([^\s,]+),/.exec(todoOf(found)) ?? [];
    await it.redis.config("SET", setting_, to);
  };
  return { world: it.world, cure };
}

export const todoOf = (found: readonly Checked[]) =>
  found.flatMap((one) => (one.level === "ok" ? [] : [one.todo])).join("\n");

/** What `otpost doctor --repair --yes` does. */
async function repair(it: Installed): Promise<void> {
  await examined(it.world, async ({ registrations }) => {
    const signal = AbortSignal.timeout(10_000);
    for (const { hooks, url = "", ...rest } of registrations) {
      const repairs = repairsOf((await hooks.list(signal)) ?? [], { ...rest, url });
      for (const one of repairs) {
        const done = "add" in one ? hooks.add(one.add, signal) : hooks.remove(one.remove, signal);
        expect(await done).toBe(true);
      }
    }
  });
}

export async function withoutHooks(it: Installed, other?: string): Promise<Planted> {
  const headers = { "x-api-key": it.env.SEVEN_API_KEY };
  const url = `${it.twins.seven.url}/api/hooks`;
  const { hooks } = (await (await fetch(url, { headers })).json()) as { hooks: { id: string }[] };
  for (const { id } of hooks) await fetch(`${url}?id=${id}`, { method: "DELETE", headers });
  if (other !== undefined) await it.hook(other);
  return { world: it.world, cure: () => repair(it) };
}

export function policyOf(it: Installed, text: string): Planted {
  const POLICY = join(it.env.DATA_DIR, "policy.yaml");
  writeFileSync(POLICY, text, { mode: 0o600 });
  return {
    world: { ...it.world, env: { ...it.env, POLICY } },
    cure: async () => rmSync(POLICY),
  };
}

export const admin = (it: Installed) => createClientAdmin({ client: it.redis, keys: it.keys, now: Date.now });
