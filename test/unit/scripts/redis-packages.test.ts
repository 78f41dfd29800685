import { describe, expect, test } from "vitest";
import { commandToType, consent, installPlan } from "../../../scripts/redis-packages.mjs";
import { installCommand } from "../../../src/redis/embedded/install-hint.ts";

const MANAGERS = ["apt-get", "apk", "dnf", "brew"];

function planOf(manager: string) {
  const plan = installPlan((command) => command === manager);
  if (plan === undefined) throw new Error(`no plan for ${manager}`);
  return plan;
}

describe("the command for this system", () => {
  test.each([
    ["apt-get", "apt-get update && apt-get install -y redis-server && systemctl disable --now redis-server"],
    ["apk", "apk add redis"],
    ["dnf", "dnf install -y redis"],
    ["brew", "brew install redis"],
  ])("is for %s, as root: %s", (manager, command) => {
    expect(commandToType(planOf(manager), true)).toBe(command);
  });

  test("has sudo before each part for others, but never for Homebrew", () => {
    expect(commandToType(planOf("apt-get"), false)).toBe(
      "sudo apt-get update && sudo apt-get install -y redis-server && sudo systemctl disable --now redis-server",
    );
    expect(commandToType(planOf("brew"), false)).toBe("brew install redis");
  });

  test("is unknown without a package manager", () => {
    expect(installPlan(() => false)).toBeUndefined();
    expect(installCommand(() => false, true)).toBeUndefined();
  });

  test.each(MANAGERS)("for %s is the same in the service's own error text", (manager) => {
    for (const root of [true, false]) {
      expect(installCommand((command) => command === manager, root)).toBe(
        commandToType(planOf(manager), root),
      );
    }
  });

  test("of apt refreshes the package lists before it installs", () => {
    expect(planOf("apt-get").steps.map((step) => step.slice(0, 2))).toEqual([
      ["apt-get", "update"],
      ["apt-get", "install"],
    ]);
  });

  test.each(MANAGERS)("for %s never calls sudo", (manager) => {
    const { steps, instead = [] } = planOf(manager);
    expect([...steps, ...instead].flat()).not.toContain("sudo");
  });
});

describe("consent", () => {
  test.each([
    ["apt-get", true, false, "install"],
    ["apt-get", true, true, "ask"],
    ["apt-get", false, true, "print"],
    ["apt-get", false, false, "print"],
    ["brew", false, false, "install"],
    ["brew", false, true, "ask"],
  ])("%s as root: %s, on a terminal: %s -> %s", (manager, root, terminal, answer) => {
    expect(consent({ plan: planOf(manager), root, terminal })).toBe(answer);
  });
});
