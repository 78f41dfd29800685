import { Gauge, type Registry } from "prom-client";

/** One series at a time: the policy in force, by the first digits of its hash. */
export function createPolicyGauge(registry: Registry, hash: () => string | undefined): void {
  const gauge: Gauge<"hash"> = new Gauge({
    name: "otp_policy_info",
    help: "The policy file in force; none without one.",
    labelNames: ["hash"],
    registers: [registry],
    collect: () => {
      gauge.reset();
      gauge.set({ hash: hash() ?? "none" }, 1);
    },
  });
}
