import type { ClientEvent, ClientEventName } from "../core/client-event.ts";
import type { DisabledWhy, EndpointHealth } from "../core/endpoint.ts";

/** What the notify flow needs of the world beside clock, random and the deliveries. */

/** Where one client wants its events, ready to be called. */
export type Endpoint = {
  clientId: string;
  url: string;
  /** undefined = all. */
  only: readonly ClientEventName[] | undefined;
  /** `whsec_` and base64, newest first: two while one takes the place of the other. */
  secrets: readonly string[];
};

/** A try that was not taken, for operators: no body, no address. */
export type EventFailure = {
  at: number;
  event: string;
  /** Of the answer; absent where none came. */
  status?: number;
  words: string;
  tookMs: number;
};

export type Endpoints = {
  /** undefined: there is none, or it is switched off. */
  find: (clientId: string) => Promise<{ endpoint: Endpoint; health: EndpointHealth } | undefined>;
  taken: (clientId: string) => Promise<void>;
  /** Notes the failure. @returns what is known of the endpoint with it */
  failed: (
    clientId: string,
    failure: EventFailure,
    retryAfterMs: number | undefined,
  ) => Promise<EndpointHealth>;
  /** @returns whether this call switched it off */
  disable: (clientId: string, why: DisabledWhy) => Promise<boolean>;
  /** Events that are under way to this client, those included that wait for their next try. */
  waiting: (clientId: string) => Promise<number>;
  /** This event is over, however it ended. */
  finished: (event: ClientEvent) => Promise<void>;
};

/** What one call to an endpoint came to. `words` holds neither its address nor its answer. */
export type EventPosted =
  | { kind: "taken"; status: number }
  /** 410: nobody wants this any more. */
  | { kind: "gone"; status: number }
  | { kind: "failed"; status?: number; words: string; retryAfterMs?: number | undefined }
  /** This process gave the call up; it says nothing of the endpoint. */
  | { kind: "aborted" };

/** One call, no repeats, over within seconds. Never throws for what an endpoint does. */
export type PostEvent = (
  endpoint: Pick<Endpoint, "url" | "secrets">,
  message: { id: string; body: string },
  signal: AbortSignal,
) => Promise<EventPosted>;
