import { raw } from "../answer.ts";
import { ApiError, type ProblemCode, type Refusal, refusalHeaders, statusOf } from "../problem.ts";
import { authorization, pathKey } from "./credentials.ts";
import type { DoorRequest } from "./door-request.ts";
import type { Ask, FrontEnd } from "./front-end.ts";

/**
 * Nextcloud's Huawei E3531 driver: the stock SMS driver that puts neither code nor number into a URL. Source:
 * nextcloud/twofactor_gateway, Huawei driver (0.20 to main): a GET for a session and a token, which come back
 * as headers of a POST with XML; success is XML whose root text is OK, anything else is refused without a reason.
 */
export const huawei: FrontEnd = {
  name: "huawei",
  bases: ["/compat/huawei", "/compat/key/:key/huawei"],
  calls: [
    { methods: ["GET"], path: "/webserver/SesTokInfo", ask: () => ({ kind: "open", yes: session }) },
    { methods: ["POST"], path: "/sms/send-sms", sends: true, ask: asked },
  ],
  refuse,
};

/**
 * The stick has no other credentials than these two, and whoever asks gets them. Here the key is in the
 * address, so they are the same for everybody, mean nothing, and are not looked at when they come back.
 */
function session(): Response {
  return xml(200, "<response><SesInfo>SessionID=otpost</SesInfo><TokInfo>otpost</TokInfo></response>");
}

function asked(request: DoorRequest): Ask {
  const source = bodyText(request);
  return {
    kind: "send",
    credentials: pathKey(request) ?? authorization(request),
    to: element(source, "Phone"),
    text: element(source, "Content"),
    yes: () => xml(200, "<response>OK</response>"),
  };
}

const XML_TYPE = /^(text|application)\/xml\s*(;|$)/i;
const utf8 = new TextDecoder("utf-8", { fatal: true });

function bodyText({ header, body }: DoorRequest): string {
  if (!XML_TYPE.test(header("content-type") ?? "")) {
    throw new ApiError("unsupported_media_type", "Send the body as text/xml.");
  }
  try {
    return utf8.decode(body);
  } catch {
    throw new ApiError("invalid_request", "The body is not valid UTF-8.");
  }
}

/**
 * One driver writes these bodies, always in the same form, so two elements are cut out and no XML is parsed:
 * there is nothing here that an entity or a document type could reach.
 */
function element(source: string, name: "Phone" | "Content"): string {
  const found = [...source.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))];
  if (found.length === 1) return unescaped(found[0]?.[1] ?? "");
  throw new ApiError("invalid_request", `The body must hold exactly one ${name} with plain text.`);
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The driver escapes the text and leaves the number as it was typed. */
function unescaped(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|apos);/g, (all, name: string) => ENTITIES[name] ?? all);
}

/** Numbers of these devices: no rights, busy, wrong form. Nothing reads them; a person with curl might. */
const NUMBERS: Partial<Record<ProblemCode, string>> = {
  unauthorized: "100003",
  too_many_failures: "100003",
  busy: "100004",
  unavailable: "100004",
  recipient_limit: "100004",
  prefix_limit: "100004",
  client_limit: "100004",
  spend_cap: "100004",
  blocked: "100003",
  country: "100003",
  number_type: "100003",
};
const WRONG_FORM = "100005";

const SENTENCES: Partial<Record<ProblemCode, string>> = {
  unauthorized: "The key in the address is missing or wrong.",
};

function refuse(refusal: Refusal): Response {
  const { code, detail } = refusal;
  const sentence = SENTENCES[code] ?? detail;
  const body = `<error><code>${NUMBERS[code] ?? WRONG_FORM}</code><message>${sentence}</message></error>`;
  return xml(statusOf(code), body, refusalHeaders(refusal));
}

function xml(status: number, body: string, headers?: Record<string, string>): Response {
  return raw(status, `<?xml version="1.0" encoding="UTF-8"?>${body}`, "text/xml; charset=utf-8", headers);
}
