/**
 * Drivers of Nextcloud's Two-Factor Gateway that can be pointed at otpost by configuration alone. Source:
 * nextcloud/twofactor_gateway 0.20 to main: the flat keys of its app configuration mean the same in all of them,
 * while its own dialogues forget `sms_provider_name` (1.x to 4.x) or write what the SMS drivers do not read.
 */
export type Driver = {
  /** Name of the front end that it speaks to. */
  door: string;
  title: string;
  /** Second factor of Nextcloud that it serves. */
  gateway: "sms" | "signal";
  /** What others on the way get to see. */
  exposes: string;
  settings: (target: Target) => Record<string, string>;
};

/** `key` is what stands for the key in what is printed: the key itself, or a placeholder. */
export type Target = { publicUrl: string; clientId: string; key: string };

/** Every version speaks these three. Source: the tests of the front ends, which hold each version's wire form. */
export const VERSIONS = "app 0.20 to 4 (Nextcloud 22 to 34)";

/** Best first: by what they put into URLs, and so into the logs of proxies. */
export const DRIVERS: readonly Driver[] = [
  {
    door: "huawei",
    title: "SMS, by the Huawei driver",
    gateway: "sms",
    exposes: "nothing in the URL of a request",
    settings: (target) => ({
      sms_provider_name: "huawei_e3531",
      huawei_e3531_api: withKey(target, "/compat/huawei"),
    }),
  },
  {
    door: "signal",
    title: "The Signal channel, a second method that people switch on for themselves",
    gateway: "signal",
    exposes: "nothing in the URL of a request (app 0.20: the number)",
    settings: (target) => ({
      signal_url: withKey(target, "/compat/signal"),
      // Sic: the app's own word for "none", and it must not be empty from 1.0 on.
      signal_account: "unneccessary",
    }),
  },
  {
    door: "playsms",
    title: "SMS, by the playSMS driver",
    gateway: "sms",
    exposes: "number, text and key in the URL of each request: keep the query out of every log on the way",
    settings: ({ publicUrl, clientId, key }) => ({
      sms_provider_name: "playsms",
      playsms_url: `${publicUrl}/compat/playsms`,
      playsms_user: clientId,
      playsms_password: key,
    }),
  },
];

/** As user information, which arrives as a header and is in no log. */
function withKey({ publicUrl, clientId, key }: Target, path: string): string {
  return publicUrl.replace("://", `://${clientId}:${key}@`) + path;
}

export type Setup = {
  driver: string;
  title: string;
  gateway: string;
  versions: string;
  exposes: string;
  settings: Record<string, string>;
  commands: string[];
  tests: { versions: string; command: string }[];
};

export function setupOf(driver: Driver, target: Target): Setup {
  const { door, title, gateway, exposes } = driver;
  const settings = driver.settings(target);
  const commands = Object.entries(settings).map(
    ([name, value]) => `occ config:app:set twofactor_gateway ${name} --value=${quoted(value)}`,
  );
  const test = "occ twofactorauth:gateway:test";
  const tests = [
    { versions: "app 1.0 and later", command: `${test} ${gateway} '<number>'` },
    { versions: "app 0.20", command: `${test} '<user>' ${gateway} '<number>'` },
  ];
  return { driver: door, title, gateway, versions: VERSIONS, exposes, settings, commands, tests };
}

/** For a POSIX shell. */
function quoted(value: string): string {
  return /^[\w./:@-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
