import { describe, expect, test } from "vitest";
import { settingsSchema } from "../../../src/config.ts";
import { createGuard } from "../../../src/notify/guard.ts";
import { addressKind } from "../../../src/notify/private-addresses.ts";

const plain = createGuard([]);
const inside = createGuard(["nextcloud.internal", "10.1.0.0/16", "fd00:1::/32", "127.0.0.1"]);

describe("addresses", () => {
  test.each([
    ["93.184.216.34", "public"],
    ["172.32.0.1", "public"],
    ["100.128.0.1", "public"],
    ["2606:4700::1111", "public"],
    ["64:ff9b::5db8:d822", "public"],
    ["10.0.0.1", "inside"],
    ["127.8.9.1", "inside"],
    ["172.31.255.255", "inside"],
    ["192.168.1.1", "inside"],
    ["100.64.0.1", "inside"],
    ["::1", "inside"],
    ["fd12:3456::1", "inside"],
    ["::ffff:10.0.0.1", "inside"],
    ["::ffff:7f00:1", "inside"],
    ["64:ff9b::a00:1", "inside"],
    ["0.0.0.0", "never"],
    ["169.254.169.254", "never"],
    ["100.100.100.200", "never"],
    ["168.63.129.16", "never"],
    ["192.0.0.192", "never"],
    ["fd00:ec2::254", "never"],
    ["::ffff:169.254.169.254", "never"],
    ["64:ff9b::a9fe:a9fe", "never"],
    ["::", "never"],
    ["::7f00:1", "never"],
    ["fe80::1", "never"],
    ["2002:7f00:1::", "never"],
    ["2001:0:7f00:1::", "never"],
    ["224.0.0.1", "never"],
    ["255.255.255.255", "never"],
    ["ff02::1", "never"],
    ["fe80::1%eth0", "never"],
    ["not an address", "never"],
  ])("%s is %s", (address, kind) => {
    expect(addressKind(address)).toBe(kind);
  });
});

describe("an address of a client", () => {
  test.each([
    "https://cloud.example.org/hook?team=7",
    "https://cloud.example.org:8443/",
    "https://93.184.216.34/hook",
  ])("%s may be registered", (url) => {
    expect(plain.fault(url)).toBeUndefined();
  });

  test.each([
    ["http://cloud.example.org/", "https"],
    ["ftp://cloud.example.org/", "https URL"],
    ["cloud.example.org", "https URL"],
    [`https://cloud.example.org/${"x".repeat(2_050)}`, "at most 2048"],
    ["https://kim:secret@cloud.example.org/", "password"],
    ["https://cloud.example.org/#top", "fragment"],
    ["https://127.0.0.1/", "private"],
    ["https://2130706433/", "private"],
    ["https://0x7f.1/", "private"],
    ["https://0177.0.0.1/", "private"],
    ["https://127.1/", "private"],
    ["https://１２７.0.0.1/", "private"],
    ["https://[::1]/", "private"],
    ["https://[::ffff:127.0.0.1]/", "private"],
    ["https://[::ffff:a9fe:a9fe]/", "private"],
    ["https://169.254.169.254/latest/meta-data", "private"],
    ["http://10.1.2.3/", "https"],
  ])("%s may not", (url, words) => {
    expect(plain.fault(url)).toContain(words);
  });

  test.each([
    ["http://nextcloud.internal/hook", undefined],
    ["http://NEXTCLOUD.internal./hook", undefined],
    ["http://10.1.2.3:8080/hook", undefined],
    ["https://[fd00:1::5]/hook", undefined],
    ["http://10.2.2.3/hook", "https"],
    ["https://10.2.2.3/hook", "private"],
    ["http://evil.nextcloud.internal/hook", "https"],
  ])("%s, where some of the inside is named", (url, words) => {
    const fault = inside.fault(url);
    if (words === undefined) expect(fault).toBeUndefined();
    else expect(fault).toContain(words);
  });
});

describe("a host that is looked up", () => {
  const leading = (allow: string[], ...addresses: string[]) =>
    createGuard(allow, async () =>
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );

  test("is called where all of its addresses are public, and nowhere else", async () => {
    await expect(leading([], "93.184.216.34").resolve("a.example")).resolves.toHaveLength(1);
    for (const addresses of [["10.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:10.0.0.1"], []]) {
      await expect(leading([], ...addresses).resolve("a.example")).rejects.toMatchObject({
        code: "EFORBIDDEN",
      });
    }
  });

  test("may lead inside when it is named itself or its network is, but not to a metadata service", async () => {
    await expect(leading(["a.example"], "10.0.0.1").resolve("A.example")).resolves.toHaveLength(1);
    await expect(leading(["10.0.0.0/8"], "10.0.0.1").resolve("a.example")).resolves.toHaveLength(1);
    await expect(leading(["b.example"], "10.0.0.1").resolve("a.example")).rejects.toThrow("must not");
    await expect(leading(["a.example"], "169.254.169.254").resolve("a.example")).rejects.toThrow("must not");
    await expect(leading(["169.254.169.254"], "169.254.169.254").resolve("a.example")).resolves.toBeDefined();
  });

  test("is not looked up when it is an address", async () => {
    const guard = createGuard([], () => Promise.reject(new Error("asked")));
    await expect(guard.resolve("93.184.216.34")).resolves.toEqual([{ address: "93.184.216.34", family: 4 }]);
    await expect(guard.resolve("127.0.0.1")).rejects.toThrow("must not");
  });
});

describe("EVENTS_ALLOW_PRIVATE", () => {
  const read = (value: string) => settingsSchema.shape.EVENTS_ALLOW_PRIVATE.safeParse(value);

  test("takes names, addresses and networks", () => {
    expect(read("nextcloud.internal, 10.0.0.5,10.0.0.0/8,fd00::/8,::1").data).toEqual([
      "nextcloud.internal",
      "10.0.0.5",
      "10.0.0.0/8",
      "fd00::/8",
      "::1",
    ]);
  });

  test.each(["10.0.0.0/33", "10.9.8", "https://a.example", "a.example/24", "fe80::1%eth0", "a..b", "*.corp"])(
    "refuses %s by its place, without repeating it",
    (entry) => {
      const { error } = read(`ok.example,${entry}`);
      expect(error?.issues[0]?.message).toContain("entry 2 must be");
      expect(error?.issues[0]?.message).not.toContain(entry);
    },
  );
});
