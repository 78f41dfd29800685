import type { CallRequest } from "../call.ts";
import type { HttpFile, RequestRules } from "./schema.ts";
import { bind, fill, type ReadEnv, type Template, templateOf, type Values } from "./template.ts";

/** A request with the environment's values in it, waiting for those of a message. */
export type BoundRequest = (values: Values) => CallRequest;

/** The parts are bound once; each call only fills them. */
export function bindRequest(rules: RequestRules, auth: HttpFile["auth"], env: ReadEnv): BoundRequest {
  const bound = (text: string) => bind(templateOf(text), env);
  // What the environment says of a path is one segment or value of it, such as an account's id.
  const path = bind(templateOf(rules.path), (name) => encoded(env(name)));
  const credentials = authHeaders(auth, bound);
  const headers = Object.entries(rules.headers ?? {}).map(
    ([name, text]) => [name.toLowerCase(), bound(text)] as const,
  );
  const body = rules.body ? bindBody(rules.body, bound) : undefined;
  return (values) => {
    const own = headers.map(([name, template]) => [name, fill(template, values)] as const);
    const content = body?.(values);
    return {
      method: rules.method,
      path: filledPath(path, values),
      headers: {
        accept: "application/json",
        ...(content ? { "content-type": content.type } : {}),
        ...Object.fromEntries(
          own.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
        ),
        ...credentials,
      },
      ...(content ? { body: content.text } : {}),
    };
  };
}

/** Comes last into the headers, so that no other line of the file can replace the credential. */
function authHeaders(auth: HttpFile["auth"], bound: (text: string) => Template): Record<string, string> {
  const text = (template: string) => String(fill(bound(template), {}) ?? "");
  switch (auth.kind) {
    case "none":
      return {};
    case "header":
      return { [auth.name.toLowerCase()]: text(auth.value) };
    case "basic": {
      const pair = Buffer.from(`${text(auth.user)}:${text(auth.password)}`).toString("base64");
      return { authorization: `Basic ${pair}` };
    }
  }
}

/** An id of an account may hold anything; it stays one segment or one value. */
function encoded(value: string | undefined): string | undefined {
  return value === undefined ? undefined : encodeURIComponent(value);
}

/** A message's values are escaped, so that none of them can add a segment or a parameter. */
function filledPath(path: Template, values: Values): string {
  const parts = path.map((part) => {
    if (part.kind === "text") return part.text;
    return part.kind === "value" ? encodeURIComponent(values[part.name] ?? "") : "";
  });
  return parts.join("");
}

type Content = { type: string; text: string };

/** Values go into a tree or a list of pairs and are written out by the format's own writer: nothing is pasted. */
function bindBody(
  body: NonNullable<RequestRules["body"]>,
  bound: (text: string) => Template,
): (values: Values) => Content {
  switch (body.kind) {
    case "json": {
      const tree = bindTree(body.template, bound);
      return (values) => ({ type: "application/json", text: JSON.stringify(tree(values)) });
    }
    case "form": {
      const fields = Object.entries(body.template).map(([name, text]) => [name, bound(text)] as const);
      return (values) => {
        const form = new URLSearchParams();
        for (const [name, template] of fields) {
          const value = fill(template, values);
          if (value !== undefined) form.append(name, String(value));
        }
        return { type: "application/x-www-form-urlencoded", text: form.toString() };
      };
    }
  }
}

type Filled = (values: Values) => unknown;

/** undefined leaves a member out of its object and an element out of its list. */
function bindTree(value: unknown, bound: (text: string) => Template): Filled {
  if (typeof value === "string") {
    const template = bound(value);
    return (values) => fill(template, values);
  }
  if (Array.isArray(value)) {
    const elements = value.map((element) => bindTree(element, bound));
    return (values) => elements.map((element) => element(values)).filter((element) => element !== undefined);
  }
  if (typeof value !== "object" || value === null) return () => value;
  const members = Object.entries(value).map(([name, inner]) => [name, bindTree(inner, bound)] as const);
  return (values) => Object.fromEntries(members.map(([name, inner]) => [name, inner(values)]));
}
