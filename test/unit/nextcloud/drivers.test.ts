import { expect, test } from "vitest";
import { FRONT_ENDS } from "../../../src/http/compat/table.ts";
import { DRIVERS, setupOf } from "../../../src/nextcloud/drivers.ts";
import { codeBlocks, readPage, tableBelow } from "../../support/readme.ts";

const target = { publicUrl: "https://otp.example.org", clientId: "cloud", key: "<key>" };
const setups = DRIVERS.map((driver) => setupOf(driver, target));
const linesOf = (page: string) =>
  codeBlocks(readPage(page)).flatMap(({ text }) => text.split("\n").map((line) => line.trim()));

test("every driver has a front end, at the address that it is given", () => {
  for (const { driver, settings } of setups) {
    const bases = FRONT_ENDS.find(({ name }) => name === driver)?.bases ?? [];
    const paths = Object.values(settings).flatMap((value) =>
      URL.canParse(value) ? [new URL(value).pathname] : [],
    );
    expect(paths).toEqual([bases[0]]);
  }
});

test("the page has the drivers in the same order, and the lines of the first", () => {
  const rows = tableBelow(readPage("docs/nextcloud.md"), "Which driver");
  expect(rows.map(([name]) => name)).toEqual(setups.map(({ driver }) => driver));
  expect(linesOf("docs/nextcloud.md")).toEqual(expect.arrayContaining(setups[0]!.commands));
});

test("the README's lines set what the playSMS driver is given", () => {
  const { settings } = setups.find(({ driver }) => driver === "playsms")!;
  const set = linesOf("README.md").flatMap((line) => /app:set twofactor_gateway (\w+)/.exec(line)?.[1] ?? []);
  expect(set).toEqual(Object.keys(settings));
});

test("what a shell would read is quoted, a path in front is kept", () => {
  const odd = { ...target, publicUrl: "https://otp.example.org/o'tp", key: "cloud.a-b_c" };
  const [huawei] = DRIVERS;
  expect(setupOf(huawei!, odd).commands[1]).toBe(
    `occ config:app:set twofactor_gateway huawei_e3531_api --value='https://cloud:cloud.a-b_c@otp.example.org/o'\\''tp/compat/huawei'`,
  );
});
