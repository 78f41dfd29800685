import { expect, test } from "vitest";
import { addressFindings } from "../../../src/doctor/address.ts";
import { DOORS } from "../../../src/doctor/doors.ts";
import { isLocalAddress } from "../../../src/doctor/local.ts";
import { FRONT_ENDS } from "../../../src/http/compat/table.ts";

const NOTHING = { localServers: false, noPinning: false };
const levels = (url: string, allowances = NOTHING) =>
  addressFindings(new URL(url), allowances).map(({ level, what }) => `${level}: ${what}`);

test.each([
  ["https://otp.example.org", ["ok: otp.example.org has the form of a public name, over TLS"]],
  ["https://otp", ["fail: otp is a name without a dot, as containers have"]],
  ["https://otp.lan", ["fail: otp.lan ends like the name of a private network"]],
  ["https://otp.Internal.", ["fail: otp.internal. ends like the name of a private network"]],
  ["https://10.1.2.3", ["fail: 10.1.2.3 is a private or reserved address"]],
  ["https://0x7f.1", ["fail: 127.0.0.1 is a private or reserved address"]],
  ["https://[::1]", ["fail: ::1 is a private or reserved address"]],
  ["https://[::ffff:192.168.1.1]", ["fail: ::ffff:c0a8:101 is a private or reserved address"]],
  ["https://198.51.100.4", ["warn: 198.51.100.4 is an address, not a name"]],
  ["http://otp.example.org", ["warn: the address begins with http: nothing is encrypted on the way"]],
  ["https://otp.example.org:8443", ["note: it is reached on port 8443"]],
  ["https://otp.example.org/a/b", ["note: there is a path, /a/b"]],
  ["https://a:b@otp.example.org", ["fail: the address holds user information"]],
])("%s: %j", (url, expected) => {
  expect(levels(url)).toEqual(expected);
});

test("what Nextcloud was told to let through is a note", () => {
  const allowances = { localServers: true, noPinning: false };
  expect(levels("https://otp", allowances)).toEqual([
    "note: otp is a name without a dot, as containers have",
  ]);
});

test.each([
  ["10.255.0.1", true],
  ["100.127.0.1", true],
  ["100.128.0.1", false],
  ["172.31.0.1", true],
  ["172.32.0.1", false],
  ["192.0.0.8", true],
  ["203.0.113.1", false],
  ["::", true],
  ["fe80::1", true],
  ["fd12::1", true],
  ["2606:4700::1", false],
  ["::ffff:10.0.0.1", true],
  ["::ffff:8.8.8.8", false],
  ["64:ff9b::10.0.0.1", true],
  ["64:ff9b::8.8.8.8", false],
  ["64:ff9b:1::1", true],
])("%s is local to Nextcloud: %s", (address, expected) => {
  expect(isLocalAddress(address)).toBe(expected);
});

test("the doctor knocks at front ends that exist, below their addresses", () => {
  for (const { name, question } of DOORS) {
    const bases = FRONT_ENDS.find((frontEnd) => frontEnd.name === name)?.bases ?? [];
    expect([name, bases.some((base) => base !== "" && question.path.startsWith(base))]).toEqual([name, true]);
  }
});
