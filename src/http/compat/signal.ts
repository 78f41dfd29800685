import { json, text } from "../answer.ts";
import type { ProblemCode, Refusal } from "../problem.ts";
import { refusalHeaders } from "../problem.ts";
import { authorization, pathKey } from "./credentials.ts";
import type { DoorRequest } from "./door-request.ts";
import type { Ask, FrontEnd, FrontEndCall, Sent } from "./front-end.ts";

/**
 * Nextcloud's Signal channel, which thinks that it speaks to a signal-cli REST API. What leaves here goes by
 * the client's route plan like any other code. Source: nextcloud/twofactor_gateway, Signal channel (0.20 to
 * main): it probes for JSON-RPC on every send, then reads `about`, then sends; success is 201 with a timestamp.
 */
export const signal: FrontEnd = {
  name: "signal",
  bases: ["/compat/signal", "/compat/key/:key/signal"],
  calls: [
    // Answered here, so that the probe is no unknown address: 404 turns every version to the REST calls.
    {
      methods: ["POST"],
      path: "/api/v1/rpc",
      ask: () => open(() => text(404, "There is no JSON-RPC here.\n")),
    },
    { methods: ["GET"], path: "/v1/about", ask: () => open(() => json(200, ABOUT)) },
    send("/v2/send", ({ fields }) => fields().text("recipients")),
    // A number as typed may hold a slash.
    send("/v1/send/:to{.+}", ({ param }) => param("to") ?? ""),
    { methods: ["GET"], path: "/v1/accounts", ask: (request) => setUp(request, () => json(200, [ACCOUNT])) },
    {
      methods: ["GET"],
      path: "/v1/contacts/:account/:contact",
      ask: (request) => setUp(request, () => json(200, { number: ACCOUNT, name: "otpost" })),
    },
    {
      methods: ["GET"],
      path: "/v1/qrcodelink/raw",
      ask: (request) =>
        setUp(request, () => json(200, { error: "No Signal account has to be linked here." })),
    },
  ],
  refuse,
};

/** `v2` makes 1.x and later use the body for the number. The rest is what the wizard shows. */
const ABOUT = { versions: ["v1", "v2"], build: 2, mode: "normal", version: "0" };

/** The wizard wants a number to choose. This one is nobody's: no country has the code 999. Source: ITU-T E.164. */
const ACCOUNT = "+99900000000";

function open(yes: () => Response): Ask {
  return { kind: "open", yes };
}

/** The wizard is told of a wrong key while it is being typed, not at somebody's first login. */
function setUp(request: DoorRequest, yes: () => Response): Ask {
  return { kind: "look", credentials: credentials(request), ids: [], yes };
}

function send(path: string, toOf: (request: DoorRequest) => string): FrontEndCall {
  return {
    methods: ["POST"],
    path,
    sends: true,
    ask: (request) => ({
      kind: "send",
      credentials: credentials(request),
      to: toOf(request),
      text: request.fields().text("message"),
      yes: sendAnswer,
    }),
  };
}

function credentials(request: DoorRequest) {
  return pathKey(request) ?? authorization(request);
}

function sendAnswer({ at, sandbox }: Sent): Response {
  return json(201, { timestamp: String(at), ...(sandbox ? { sandbox: true } : {}) });
}

const SENTENCES: Partial<Record<ProblemCode, string>> = {
  unauthorized: "The key in the address of the Signal gateway is missing or wrong.",
};

/**
 * 200 with `error`, the one answer that every version refuses without an error page of its own: a status of
 * 400 and above is an HTTP 500 up to 2.3 and 3.1. People who enrol are shown the body.
 */
function refuse(refusal: Refusal): Response {
  const { "www-authenticate": _unread, ...headers } = refusalHeaders(refusal);
  return json(200, { error: SENTENCES[refusal.code] ?? refusal.detail }, headers);
}
