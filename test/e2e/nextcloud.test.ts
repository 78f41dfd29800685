import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plainNumber } from "../support/http-client.ts";
import { DRIVERS } from "../support/nextcloud.ts";
import {
  closeAll,
  freshDir,
  leftovers,
  NOTHING_LEFT,
  outputOf,
  type Service,
  startUp,
} from "../support/service.ts";

const PUBLIC_URL = "https://otp.example.org";

let service: Service;
const cli = (args: string[], env: Record<string, string> = { PUBLIC_URL }) =>
  outputOf(args, { DATA_DIR: service.ready.dataDir, ...env });

beforeAll(async () => {
  service = await startUp({ DATA_DIR: freshDir() });
  await cli(["clients", "add", "cloud", "--region", "DE", "--name", "Our cloud"]);
});
afterAll(async () => {
  await closeAll();
  expect(await leftovers()).toEqual(NOTHING_LEFT);
});

type Page = {
  key: string | null;
  setups: { driver: string; settings: Record<string, string>; tests: { command: string }[] }[];
  findings: { level: string; what: string }[];
};

const pageOf = async (args: string[], env?: Record<string, string>) => {
  const { code, stdout, stderr } = await cli(["nextcloud", "cloud", "--json", ...args], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Page;
};

/** What `occ config:app:set` would have been called with, when the whole output is run. */
async function ran(script: string): Promise<Record<string, string>> {
  const occ = `occ() { [ "$1 $2" = "config:app:set twofactor_gateway" ] && printf '%s\\n' "$3 \${4#--value=}"; }`;
  const { stdout } = await promisify(execFile)("bash", ["-euc", `${occ}\n${script}`]);
  return Object.fromEntries(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" ") as [string, string]),
  );
}

describe("otpost nextcloud", () => {
  test("its output is a script that sets the best SMS driver and the Signal channel", async () => {
    const { code, stdout } = await cli(["nextcloud", "cloud"]);
    expect(code).toBe(0);
    expect(await ran(stdout)).toEqual({
      sms_provider_name: "huawei_e3531",
      huawei_e3531_api: "https://cloud:<key>@otp.example.org/compat/huawei",
      signal_url: "https://cloud:<key>@otp.example.org/compat/signal",
      signal_account: "unneccessary",
    });
    expect(stdout).toContain("national numbers of DE");
    expect(stdout).toContain("otpost doctor --from https://otp.example.org");
    expect(stdout).not.toContain("What Nextcloud will make");
  });

  test("one driver alone, with a new key, sends", async () => {
    const { key, setups } = await pageOf(["--driver", "playsms", "--new-key"]);
    expect(key).toMatch(/^cloud\.[\w-]{40,}$/);
    const { settings } = setups[0]!;
    expect(settings["playsms_password"]).toBe(key);
    const port = Number(new URL(service.ready.publicUrl).port);
    const target = { port, clientId: settings["playsms_user"]!, secret: settings["playsms_password"]! };
    const playsms = DRIVERS.find(({ door }) => door === "playsms")!;
    const text = "482911 is your Nextcloud authentication code";
    expect(await playsms.send(target, plainNumber(1, 97), text)).toBe("sent");
  });

  test("the key in an address is taken as user information", async () => {
    const { setups } = await pageOf(["--driver", "huawei", "--new-key"]);
    const { username, password, pathname } = new URL(setups[0]!.settings["huawei_e3531_api"]!);
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const to = plainNumber(2, 97);
    const answer = await fetch(`${service.ready.publicUrl}${pathname}/sms/send-sms`, {
      method: "POST",
      headers: { authorization, "content-type": "text/xml" },
      body: `<request><Phones><Phone>${to}</Phone></Phones><Content>482912 Nextcloud</Content></request>`,
    });
    expect(await answer.text()).toContain("<response>OK</response>");
  });

  test.each([
    ["http://otpost:3000", ["fail", "warn", "note"]],
    ["https://192.168.1.4", ["fail"]],
    ["https://otp.example.org/otp", ["note"]],
    ["https://otp.example.org", []],
  ])("with %s it warns of %j", async (url, levels) => {
    const { findings } = await pageOf([], { PUBLIC_URL: url });
    expect(findings.map(({ level }) => level)).toEqual(levels);
  });

  test.each([
    [["nextcloud", "nobody"], { PUBLIC_URL }, 1, "There is no client nobody"],
    [["nextcloud", "nobody", "--new-key"], { PUBLIC_URL }, 1, "There is no client nobody"],
    [["nextcloud", "cloud"], {}, 78, "PUBLIC_URL: set it to the address that Nextcloud reaches otpost at"],
    [
      ["nextcloud", "cloud", "--driver", "carrier-pigeon"],
      { PUBLIC_URL },
      1,
      "There are: huawei, signal, playsms",
    ],
    [["nextcloud"], { PUBLIC_URL }, 1, "missing required argument 'client'"],
    [["doctor", "--driver", "playsms"], {}, 1, "--driver, --dns, --ca and --allow-local are for --from"],
    [["doctor", "--from", "otp.example.org"], {}, 1, "Use an http(s) address"],
    [["doctor", "--from", PUBLIC_URL, "--driver", "pigeon"], {}, 1, "Use one of playsms, signal, huawei"],
    [["doctor", "--from", PUBLIC_URL, "--dns", "ns.example.org"], {}, 1, "Use the address of a resolver"],
    [["doctor", "--from", PUBLIC_URL, "--ca", "package.json"], {}, 1, "no readable PEM file"],
  ] as [string[], Record<string, string>, number, string][])(
    "%j is refused in words",
    async (args, env, code, words) => {
      const refused = await cli(args, env);
      expect(refused).toMatchObject({ code, stdout: "" });
      expect(refused.stderr).toContain(words);
      expect(refused.stderr).not.toContain("    at ");
    },
  );
});

describe("otpost doctor", () => {
  test("finds the faults of an address that only this machine can reach, and exits 1", async () => {
    const { code, stdout } = await cli(["doctor", "--from", service.ready.publicUrl]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fail +address +127\.0\.0\.1 is a private or reserved address$/m);
    expect(stdout).toMatch(/^ok +front ends +playsms asks for a key/m);
    expect(stdout).toMatch(/1 fault\(s\) keep codes from getting through\.\n$/);
  });

  test("takes the administrator's word that local addresses are let through, and exits 0", async () => {
    const args = ["doctor", "--from", service.ready.publicUrl, "--allow-local", "--json"];
    const { code, stdout } = await cli(args);
    const { ok, findings } = JSON.parse(stdout) as {
      ok: boolean;
      findings: { check: string; level: string }[];
    };
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    expect(findings.filter(({ level }) => level === "warn").map(({ check }) => check)).toEqual(["address"]);
  });
});
