/**
 * How each package manager brings a Redis. Where a system has moved to Valkey the second name is tried.
 * The names are repeated in src/redis/embedded/install-hint.ts, which must not reach out of dist/; a test compares.
 */
const MANAGERS = [
  {
    manager: "apt-get",
    steps: [
      ["apt-get", "update"],
      [
        "apt-get",
        "install",
        "-y",
        "--no-install-recommends",
        "-o",
        "DPkg::Lock::Timeout=120",
        "redis-server",
      ],
    ],
    shown: ["apt-get update", "apt-get install -y redis-server", "systemctl disable --now redis-server"],
    needsRoot: true,
  },
  {
    manager: "apk",
    steps: [["apk", "add", "--no-cache", "redis"]],
    instead: [["apk", "add", "--no-cache", "valkey"]],
    shown: ["apk add redis"],
    needsRoot: true,
  },
  {
    manager: "dnf",
    steps: [["dnf", "install", "-y", "redis"]],
    instead: [["dnf", "install", "-y", "valkey"]],
    shown: ["dnf install -y redis"],
    needsRoot: true,
  },
  {
    manager: "brew",
    steps: [["brew", "install", "redis"]],
    shown: ["brew install redis"],
    needsRoot: false,
  },
];

/** The plan for the first package manager that is here, or undefined. `has` tells whether a command exists. */
export function installPlan(has) {
  return MANAGERS.find(({ manager }) => has(manager));
}

/** The line to type by hand; `root` leaves the sudo out. */
export function commandToType(plan, root) {
  const prefix = plan.needsRoot && !root ? "sudo " : "";
  return plan.shown.map((part) => prefix + part).join(" && ");
}

/**
 * Install at once, ask first, or only print the command. We never call sudo: a password prompt
 * in the middle of `npm start` would ask for more trust than the program needs.
 */
export function consent({ plan, root, terminal }) {
  if (plan.needsRoot && !root) return "print";
  return terminal ? "ask" : "install";
}
