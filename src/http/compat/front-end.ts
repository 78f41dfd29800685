import type { Context } from "hono";
import { purposeOf, type Content } from "../../core/message.ts";
import type { Delivery } from "../../core/delivery.ts";
import type { Cost } from "../../core/outcome.ts";
import type { Msisdn } from "../../core/phone.ts";
import type { Accepted, AcceptRequest } from "../../flows/accept.ts";
import type { Client, ClientJournal, Clock } from "../../flows/ports.ts";
import type { ClientAuth, Credentials, Signature } from "../auth.ts";
import { type Budget, createBudget } from "../budget.ts";
import { recipientOf, VALID_DEFAULT_MS } from "../delivery-request.ts";
import { delivered } from "../intake.ts";
import type { DeliveryDeps } from "../own-delivery.ts";
import { loadOwn } from "../own-delivery.ts";
import { ApiError, type Refusal } from "../problem.ts";
import type { Route, Trace } from "../route.ts";
import { type DoorRequest, readDoorRequest } from "./door-request.ts";
import { contentOf, type Words } from "./words.ts";

/**
 * A front end lets a client of another service speak to this one. It only translates: it reads a request into
 * an `Ask` and writes the two kinds of answer. Keys, numbers, codes, repeats and limits are this file's.
 */
export type FrontEnd = {
  /** Kept with every delivery, counted and logged. */
  name: string;
  /** Where all of its calls are served. One with `:key` in it takes the whole key from the path. */
  bases: readonly string[];
  calls: readonly FrontEndCall[];
  /** How it says no. `detail` is one plain sentence that some clients show to a person. */
  refuse: (refusal: Refusal, c: Context, trace: Trace) => Response;
};

export type FrontEndCall = {
  methods: readonly ("GET" | "POST")[];
  /** Below the base; empty for the base itself. */
  path: string;
  /** For senders that tell more than a number and a text; a small bound when absent. */
  bodyMaxBytes?: number;
  /** Asks for a delivery, so HEAD must not reach it, and its answers are timed. */
  sends?: true;
  /** @throws ApiError */
  ask: (request: DoorRequest) => Ask;
};

/** Whoever asks, proven by a key or by a signature over the raw body. */
type Asker = { credentials: Credentials | undefined } | { signature: Signature };

export type Ask =
  | (Asker & Message & { kind: "send"; yes: (sent: Sent) => Response })
  /** Deliveries by our ids; undefined for what this client does not have. */
  | (Asker & { kind: "look"; ids: readonly string[]; yes: (found: (Delivery | undefined)[]) => Response })
  /** What this client sent through front ends that list it, newest first. */
  | (Asker & { kind: "list"; to: string; yes: (found: Delivery[]) => Response })
  | (Asker & { kind: "balance"; yes: (balance: Cost) => Response })
  /** Setup calls and handshakes, which give nothing away. */
  | { kind: "open"; yes: () => Response };

type Message = Words & {
  /** As typed; the client's own region settles national numbers. */
  to: string;
  /** What a code is for; told from the text when absent. */
  purpose?: "login" | "enrolment" | undefined;
  /** Names this very request: sent again as it is, it gets its answer again and is no wish for another copy. */
  once?: string | undefined;
  /** How long the code lives, ms, within the bounds of the native API; its default when absent. */
  validForMs?: number | undefined;
  /** The caller's own word for the message. */
  reference?: string | undefined;
  /** Shown by `list` afterwards. */
  listed?: true;
};

export type Sent = { id: string; recipient: Msisdn; at: number; sandbox: boolean };

export type FrontEndDeps = DeliveryDeps & {
  clock: Clock;
  auth: ClientAuth;
  accept: (request: AcceptRequest) => Promise<Accepted>;
  journal: ClientJournal;
  balance: () => Promise<Cost | undefined>;
};

/** Every address of some front ends, for the route table. */
export function frontEndRoutes(frontEnds: readonly FrontEnd[], deps: FrontEndDeps): Route[] {
  return frontEnds.flatMap((frontEnd) =>
    frontEnd.bases.flatMap((base) =>
      frontEnd.calls.flatMap((call) =>
        call.methods.map((method): Route => {
          const path = base + call.path;
          const refuse: Route["refuse"] = (refusal, trace, c) => frontEnd.refuse(refusal, c, trace);
          const route = { method, path, handle: answering(frontEnd.name, call, deps), refuse };
          return call.sends ? { ...route, acts: true, intake: true } : route;
        }),
      ),
    ),
  );
}

type Asking = { deps: FrontEndDeps; door: string; client: Client; budget: Budget; trace: Trace };

function answering(door: string, call: FrontEndCall, deps: FrontEndDeps): Route["handle"] {
  return async (c, trace) => {
    trace.door = door;
    const ask = call.ask(await readDoorRequest(c, call.bodyMaxBytes));
    trace.intake = ask.kind === "send";
    if (ask.kind === "open") return ask.yes();
    const budget = createBudget(deps.clock);
    const client = await ("signature" in ask
      ? deps.auth.signed(c, ask.signature, deps.clock.now(), budget)
      : deps.auth.check(c, ask.credentials, budget));
    trace.clientId = client.id;
    return carriedOut(ask, { deps, door, client, budget, trace });
  };
}

function carriedOut(ask: Exclude<Ask, { kind: "open" }>, asking: Asking): Promise<Response> {
  switch (ask.kind) {
    case "send":
      return sent(ask, asking);
    case "look":
      return looked(ask, asking);
    case "list":
      return listed(ask, asking);
    case "balance":
      return told(ask, asking);
  }
}

type Of<K extends Ask["kind"]> = Extract<Ask, { kind: K }>;

async function sent(ask: Of<"send">, { deps, door, client, budget, trace }: Asking): Promise<Response> {
  const content = contentOf(ask);
  const recipient = recipientOf(ask.to, client);
  const request: AcceptRequest = {
    client,
    recipient,
    content,
    purpose: content.code === undefined ? purposeOf(content) : (ask.purpose ?? purposeOf(content)),
    validForMs: ask.validForMs ?? VALID_DEFAULT_MS,
    reference: harmless(ask.reference, recipient, content),
    routes: undefined,
    idempotencyKey: ask.once,
    fingerprint: JSON.stringify([recipient, content.text]),
    door,
  };
  const { id } = delivered(await budget.spend(deps.accept(request)), trace);
  // Not waited for: the code is on its way, and the list may lack a line.
  if (ask.listed) void deps.journal.note(client.id, id, recipient);
  return ask.yes({ id, recipient, at: deps.clock.now(), sandbox: deps.sandbox });
}

const REFERENCE = /^[A-Za-z0-9._:@-]{1,64}$/;

/** It is stored and shown as it is, so one that repeats the number or the code is left out. */
function harmless(reference: string | undefined, recipient: Msisdn, { code }: Content): string | undefined {
  if (reference === undefined || !REFERENCE.test(reference)) return undefined;
  const digits = reference.replaceAll(/\D/g, "");
  const tells = digits.includes(recipient.slice(-7)) || (code !== undefined && reference.includes(code));
  return tells ? undefined : reference;
}

async function looked(ask: Of<"look">, { deps, client, budget, trace }: Asking): Promise<Response> {
  const found = await budget.spend(Promise.all(ask.ids.map((id) => loadOwn(deps, client, id))));
  const known = found.map((stored) => stored?.delivery);
  if (known.length === 1) trace.deliveryId = known[0]?.id;
  return ask.yes(known);
}

async function listed(ask: Of<"list">, { deps, client, budget }: Asking): Promise<Response> {
  const recipient = ask.to === "" ? undefined : recipientOf(ask.to, client);
  const ids = await budget.spend(deps.journal.list(client.id, recipient));
  const found = await budget.spend(Promise.all(ids.map((id) => loadOwn(deps, client, id))));
  return ask.yes(found.flatMap((stored) => (stored ? [stored.delivery] : [])));
}

async function told(ask: Of<"balance">, { deps }: Asking): Promise<Response> {
  const balance = await deps.balance();
  if (balance) return ask.yes(balance);
  const detail = "No provider tells its credit at the moment.";
  throw new ApiError("unavailable", detail, { retryAfterMs: 30_000 });
}
