import { randomBytes } from "node:crypto";
import { Command } from "commander";
import { alertWebhook } from "../compose.ts";
import { ConfigFault, readConfig } from "../config.ts";
import { testAlert } from "../flows/alerts.ts";

/** A webhook that did not take the test. */
class AlertFault extends Error {
  override readonly name = "AlertFault";
}

/** `otpost alerts`: whether operators would hear of anything. */
export function alertsCommand(): Command {
  return new Command("alerts").description("try the alert webhook").addCommand(testCommand());
}

function testCommand(): Command {
  return new Command("test")
    .description("post a test alert to ALERT_WEBHOOK_URL and say what came back")
    .action(async () => {
      const webhook = alertWebhook(readConfig(process.env, { policy: "unread" }));
      if (!webhook) throw new ConfigFault(["ALERT_WEBHOOK_URL: set it, and ALERT_WEBHOOK_SECRET"]);
      try {
        const alert = testAlert(`test_${randomBytes(8).toString("hex")}`, Date.now());
        const { ok, words } = await webhook.post(alert, new AbortController().signal);
        if (!ok) throw new AlertFault(`The webhook did not take the test alert: ${words}.`);
        process.stdout.write(`The webhook took the test alert: ${words}.\n`);
      } finally {
        await webhook.close();
      }
    });
}
