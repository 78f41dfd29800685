import type { HttpFile, RequestRules } from "./schema.ts";
import type { Placeholder } from "./template.ts";

/** A template with its place in the file and what may stand in it. */
export type Place = {
  /** JSON pointer. */
  at: string;
  text: string;
  allowed: readonly Placeholder[];
  /** A value that must not stand in the file itself. */
  isSecret?: true;
};

/** What the body of a send may hold. */
const MESSAGE: readonly Placeholder[] = [
  "to",
  "toDigits",
  "text",
  "reference",
  "validForSeconds",
  "validForMinutes",
  "sender",
  "reportUrl",
];

/** Names under which providers take credentials. */
const SECRET_HEADER = /authorization|cookie|api-?key|token|secret|password/i;

/** Every template of a file. Paths and headers never take a number or text: they end up in logs. */
export function placesOf(file: HttpFile): Place[] {
  const { lookUp, status, reports, sender } = file;
  return [
    { at: "/baseUrl", text: file.baseUrl, allowed: [] },
    ...(sender === undefined ? [] : [{ at: "/sender", text: sender, allowed: [] }]),
    ...authPlaces(file.auth),
    ...requestPlaces("/send", file.send, { url: ["reference"], body: MESSAGE }),
    ...(lookUp
      ? requestPlaces("/lookUp", lookUp, { url: ["reference"], body: ["reference", "to", "toDigits"] })
      : []),
    ...(status
      ? requestPlaces("/status", status, {
          url: ["id", "reference"],
          body: ["id", "reference", "to", "toDigits"],
        })
      : []),
    ...(reports && reports.signature.kind !== "none"
      ? [secretPlace("/reports/signature/secret", reports.signature.secret)]
      : []),
  ];
}

/** User names count as secret too: with some providers they are the account's key. */
function authPlaces(auth: HttpFile["auth"]): Place[] {
  switch (auth.kind) {
    case "none":
      return [];
    case "header":
      return [secretPlace("/auth/value", auth.value)];
    case "basic":
      return [secretPlace("/auth/user", auth.user), secretPlace("/auth/password", auth.password)];
  }
}

/** No placeholder may stand beside a secret: it would be sent along with every message. */
function secretPlace(at: string, text: string): Place {
  return { at, text, allowed: [], isSecret: true };
}

type Allowed = { url: readonly Placeholder[]; body: readonly Placeholder[] };

/** @param allowed `url` holds for the path and the headers, both of which proxies write down */
function requestPlaces(
  at: string,
  { path, headers, body }: Omit<RequestRules, "method">,
  allowed: Allowed,
): Place[] {
  const inHeaders = Object.entries(headers ?? {}).map(([name, text]): Place => {
    const place = { at: `${at}/headers/${name}`, text, allowed: allowed.url };
    return SECRET_HEADER.test(name) ? { ...place, isSecret: true } : place;
  });
  const inBody = body ? textsOf(body.template, `${at}/body/template`) : [];
  return [
    { at: `${at}/path`, text: path, allowed: allowed.url },
    ...inHeaders,
    ...inBody.map((found) => ({ ...found, allowed: allowed.body })),
  ];
}

/** Every text in a body's tree with its pointer; names of members are no templates. */
function textsOf(value: unknown, at: string): { at: string; text: string }[] {
  if (typeof value === "string") return [{ at, text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => textsOf(inner, `${at}/${escaped(name)}`));
}

/** A name as a step of a JSON pointer. */
export function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
