import type { DemoClient, Seen } from "./client.ts";

/** What the demo shows. Each scenario ends as `expected` says, or the demo fails. */
export type Scenario = {
  name: string;
  /** A sentence for the person who watches. */
  shows: string;
  expected: string;
  /** @returns what happened, in the words of `expected`, and the delivery to show */
  run: (client: DemoClient) => Promise<{ actual: string; seen: Seen }>;
};

/** Numbers that the twins treat in a known way; see `/_twin/magic` of a running twin. */
const PLAIN = "+4915112345601";
const PLAIN_NEXTCLOUD = "+4915112345602";
const PLAIN_RELOAD = "+4915112345603";
const PLAIN_HELD = "+4915112345604";
const SEVEN_REFUSES = "+4915101990001";
const SEVEN_IS_SILENT = "+4915101990002";

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "delivered",
    shows: "A code sent through the native API arrives by SMS.",
    expected: "delivered by seven-sms",
    run: async (client) => ended(client, await client.post({ to: PLAIN, code: "482913" })),
  },
  {
    name: "nextcloud",
    shows: "A stock Nextcloud sends through its playSMS driver.",
    expected: "delivered by seven-sms",
    run: async (client) =>
      ended(client, await client.playsms(PLAIN_NEXTCLOUD, "730518 is your Nextcloud authentication code")),
  },
  {
    name: "refused",
    shows: "seven refuses the number, Telegram delivers.",
    expected: "refused by seven-sms, delivered by telegram-gateway",
    run: async (client) => ended(client, await client.post({ to: SEVEN_REFUSES, code: "615204" })),
  },
  {
    name: "silent",
    shows: "seven accepts but never reports; after the silence timer Telegram delivers.",
    expected: "accepted by seven-sms, delivered by telegram-gateway",
    run: async (client) => ended(client, await client.post({ to: SEVEN_IS_SILENT, code: "940377" })),
  },
  {
    name: "reload",
    shows: "The page is reloaded twice with the same code: one delivery, one message.",
    expected: "delivered by seven-sms, 1 id, 1 message",
    run: reload,
  },
  {
    name: "expired",
    shows: "The only route is held back until the code is nearly dead: nothing is sent.",
    expected: "expired, 0 attempts",
    run: heldBack,
  },
];

async function ended(client: DemoClient, id: string): Promise<{ actual: string; seen: Seen }> {
  const seen = await client.untilEnded(id);
  return { actual: seen.attempts.map((a) => `${a.state} by ${a.route}`).join(", "), seen };
}

async function reload(client: DemoClient): Promise<{ actual: string; seen: Seen }> {
  const text = "208841 is your Nextcloud authentication code";
  const ids = [
    await client.playsms(PLAIN_RELOAD, text),
    await client.playsms(PLAIN_RELOAD, text),
    await client.playsms(PLAIN_RELOAD, text),
  ];
  const { actual, seen } = await ended(client, ids[0] ?? "");
  const messages = await client.messagesTo(PLAIN_RELOAD);
  return { actual: `${actual}, ${new Set(ids).size} id, ${messages} message`, seen };
}

async function heldBack(client: DemoClient): Promise<{ actual: string; seen: Seen }> {
  await client.hold("sandbox");
  const id = await client.post({ to: PLAIN_HELD, code: "577120", routes: ["sandbox"], validForMs: 60_000 });
  const seen = await client.untilEnded(id);
  return { actual: `${seen.state}, ${seen.attempts.length} attempts`, seen };
}
