import type { AcceptRequest } from "./accept.ts";
import type { FlowDeps, Reach } from "./ports.ts";

type ConsentDeps = Pick<FlowDeps, "rules" | "consents" | "reach">;

/** What this recipient has agreed to. */
export type Consent = {
  given: (channel: string) => boolean;
  /** A list could not be asked in time: it counts as not given, and nothing may be refused for good because of it. */
  unsure: boolean;
  /** Knows already what was asked together with the consent. */
  reach: Reach;
};

/**
 * A list is asked only where the plan holds a route of its channel, together with what is remembered of the
 * number on that route: both go to the store in one round trip.
 */
export async function consentOf(
  deps: ConsentDeps,
  { client, recipient }: AcceptRequest,
  wished: readonly string[],
): Promise<Consent> {
  const listed = [...new Set(wished)]
    .flatMap((id) => deps.rules.routes.get(id) ?? [])
    .filter(({ needsConsent, channel }) => needsConsent && client.consents[channel]?.scope === "list");
  const recalls = new Map(
    listed.filter(({ reach }) => reach < 1).map(({ id }) => [id, deps.reach.recall(id, recipient)]),
  );
  const channels = [...new Set(listed.map(({ channel }) => channel))];
  const answers = await Promise.all(
    channels.map(
      async (channel) => [channel, await deps.consents.has(client.id, channel, recipient)] as const,
    ),
  );
  const onList = new Map<string, boolean | undefined>(answers);
  return {
    given: (channel) =>
      client.consents[channel]?.scope === "list"
        ? onList.get(channel) === true
        : client.consents[channel] !== undefined,
    unsure: answers.some(([, has]) => has === undefined),
    reach: {
      ...deps.reach,
      recall: (route, to) => recalls.get(route) ?? deps.reach.recall(route, to),
    },
  };
}
