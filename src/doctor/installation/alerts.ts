import type { Config } from "../../config.ts";
import type { Check } from "../finding.ts";

export function alertsCheck({ ALERT_WEBHOOK_URL: url }: Pick<Config, "ALERT_WEBHOOK_URL">): Check {
  return {
    name: "alerts",
    run: async () => {
      // The path of many chat systems' hooks is their secret.
      if (url !== undefined) return [{ level: "ok", what: `they go to ${new URL(url).host}` }];
      return [
        {
          level: "warn",
          what: "nobody is told of alerts",
          why: "A wrong key, an empty account or a quiet provider is seen in the log and on the operator page only.",
          todo: "Set ALERT_WEBHOOK_URL and ALERT_WEBHOOK_SECRET, then: otpost alerts test",
        },
      ];
    },
  };
}
