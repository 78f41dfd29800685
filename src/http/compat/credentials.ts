import { type Credentials, parseKey, userAndPassword } from "../auth.ts";
import type { DoorRequest } from "./door-request.ts";

/** Where the clients of front ends put a key. Each takes what it finds and leaves the judgement to the check. */

const SCHEME = /^(Bearer|Basic) +(\S{1,500})$/i;

/**
 * Bearer with a whole key; Basic with client id and secret, as user information in a URL arrives; and seven's
 * Basic with the raw key. Source: docs.seven.io, authentication.
 */
export function authorization({ header }: DoorRequest): Credentials | undefined {
  const [, scheme = "", value = ""] = SCHEME.exec(header("authorization") ?? "") ?? [];
  if (/^bearer$/i.test(scheme)) return parseKey(value);
  return scheme === "" ? undefined : (parseKey(value) ?? basic(value));
}

/** Base64 has no dot and a key has one, so the two forms cannot be taken for each other. */
function basic(value: string): Credentials | undefined {
  const pair = Buffer.from(value, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (colon < 0) return undefined;
  const [user, password] = [pair.slice(0, colon), pair.slice(colon + 1)];
  return password === "" ? parseKey(user) : userAndPassword(user, password);
}

/** The secret path of a caller that can hold nothing but an address. */
export function pathKey({ param }: DoorRequest): Credentials | undefined {
  return parseKey(param("key"));
}
