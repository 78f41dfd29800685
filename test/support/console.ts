import { expect } from "vitest";
import type { BrowserContextOptions } from "playwright-core";
import { launchBrowser, logIn, openPage } from "./browser.ts";
import { metricOf } from "./http-client.ts";
import { freshDir, outputOf, startUp } from "./service.ts";

export type RunningConsole = Awaited<ReturnType<typeof startConsole>>;

/** The whole service with twins, a browser beside it, and the command line of its directory. */
export async function startConsole(env: Record<string, string> = {}) {
  const dir = freshDir();
  const [service, browser] = await Promise.all([startUp({ DATA_DIR: dir, ...env }), launchBrowser()]);
  const { operatorUrl: origin, operatorToken } = service.ready;
  const otpost = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await outputOf(args, { DATA_DIR: dir });
    expect([args, code, stderr]).toEqual([args, 0, ""]);
    return stdout;
  };
  const open = (options: BrowserContextOptions = {}) =>
    openPage(browser, origin, { locale: "en-GB", timezoneId: "Europe/Berlin", ...options });
  return {
    service,
    origin,
    otpost,
    open,
    /** A new operator's token. */
    tokenOf: async (name: string, role: string): Promise<string> => {
      const made = await otpost("operators", "add", name, "--role", role, "--json");
      return (JSON.parse(made) as { token: string }).token;
    },
    /** A page of somebody who is logged in, with the break-glass token when none is named. */
    loggedIn: async (options: BrowserContextOptions = {}, token = operatorToken) => {
      const watched = await open(options);
      await logIn(watched.page, origin, token);
      return watched;
    },
    /** How often browsers told that a page broke its policy. */
    cspReports: async (): Promise<number> => {
      const answer = await fetch(`${origin}/metrics`, {
        headers: { authorization: `Bearer ${operatorToken}` },
      });
      return metricOf(await answer.text(), "otp_csp_reports_total{") ?? 0;
    },
  };
}
