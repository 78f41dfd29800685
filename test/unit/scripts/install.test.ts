import { describe, expect, test } from "vitest";
import { installReason, npmCi } from "../../../scripts/install.mjs";
import { nodeComplaint } from "../../../scripts/node-version.mjs";

describe("the Node version", () => {
  test.each(["v20.19.0", "v20.20.2", "v22.0.0", "v24.1.0"])("%s will do", (version) => {
    expect(nodeComplaint(version)).toBeUndefined();
  });

  test.each(["v20.18.9", "v18.20.4", "v8.0.0"])("%s is refused by name", (version) => {
    expect(nodeComplaint(version)).toContain(`Node 20.19 or newer is needed, this is ${version}`);
  });
});

describe("the packages", () => {
  test("are installed when they are missing or older than the lockfile", () => {
    expect(installReason(1_000, undefined)).toBe("node_modules is missing");
    expect(installReason(2_000, 1_000)).toBe("package-lock.json has changed");
  });

  test("are left alone when they are as new as the lockfile", () => {
    expect(installReason(1_000, 1_000)).toBeUndefined();
    expect(installReason(1_000, 2_000)).toBeUndefined();
    expect(installReason(undefined, 2_000)).toBeUndefined();
  });

  test("come with the dev dependencies, without install scripts, through the npm that runs us", () => {
    expect(npmCi(undefined)).toEqual(["npm", "ci", "--ignore-scripts", "--include=dev"]);
    expect(npmCi("/usr/lib/npm/bin/npm-cli.js").slice(0, 2)).toEqual([
      process.execPath,
      "/usr/lib/npm/bin/npm-cli.js",
    ]);
    expect(npmCi("/usr/lib/yarn/yarn.js")[0]).toBe("npm");
  });
});
