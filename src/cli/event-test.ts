import { randomBytes } from "node:crypto";
import { TEST_EVENT } from "../core/client-event.ts";
import { eventPoster, type EventSettings } from "../event-home.ts";
import type { EventPosted } from "../flows/notify-ports.ts";
import type { EndpointAdmin } from "../redis/endpoint-admin.ts";

/** An endpoint that did not take the test. */
class EventFault extends Error {
  override readonly name = "EventFault";
}

/** From this very process, switched off or not: what it says holds for the workers if they have the same settings. */
export async function testEvent(admin: EndpointAdmin, settings: EventSettings, clientId: string) {
  const endpoint = await admin.open(clientId);
  const poster = eventPoster(settings);
  const startedAt = performance.now();
  try {
    const id = `evt_test_${randomBytes(8).toString("hex")}`;
    const body = JSON.stringify({
      type: TEST_EVENT,
      timestamp: new Date().toISOString(),
      data: { clientId },
    });
    const posted = await poster.post(endpoint, { id, body }, new AbortController().signal);
    const tookMs = Math.round(performance.now() - startedAt);
    if (posted.kind !== "taken") {
      throw new EventFault(`${clientId} did not take the test event: ${wordsOf(posted)} (${tookMs} ms).`);
    }
    return {
      words: `${clientId} took the test event: HTTP ${posted.status} in ${tookMs} ms.`,
      json: { clientId, taken: true, status: posted.status, tookMs },
    };
  } finally {
    await poster.close();
  }
}

function wordsOf(posted: Exclude<EventPosted, { kind: "taken" }>): string {
  switch (posted.kind) {
    case "gone":
      return "HTTP 410, by which a worker would switch it off";
    case "failed":
      return posted.words;
    case "aborted":
      return "given up";
  }
}
