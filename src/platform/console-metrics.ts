import { Counter, type Registry } from "prom-client";

/** What browsers tell of the console. */
export function createConsoleMetrics(registry: Registry): { cspReported: (directive: string) => void } {
  const reports = new Counter({
    name: "otp_csp_reports_total",
    help: "Reports of browsers that a page tried what its content security policy forbids.",
    labelNames: ["directive"],
    registers: [registry],
  });
  return { cspReported: (directive) => reports.inc({ directive }) };
}
