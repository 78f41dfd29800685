/** Texts with `{placeholder}` for what a message says and `${NAME}` for what the environment says. */

export const PLACEHOLDERS = [
  "to",
  "toDigits",
  "text",
  "reference",
  "validForSeconds",
  "validForMinutes",
  "sender",
  "reportUrl",
  "id",
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** What fills a template; one without its value is left out. */
export type Values = Readonly<Partial<Record<Placeholder, string | number>>>;

/** A text is taken apart once; values come in later, so that none of them can become a placeholder. */
type Part =
  | { kind: "text"; text: string }
  | { kind: "env"; name: string; fallback: string | undefined }
  | { kind: "value"; name: Placeholder; isNumber: boolean };

export type Template = readonly Part[];

/** Numbers in JSON bodies; only these can be one. */
const NUMERIC: readonly Placeholder[] = ["toDigits", "validForSeconds", "validForMinutes"];

/** `${NAME}` and `${NAME:-default}`, doubled braces, `{name}` and `{name:number}`, any brace left over. */
const TOKEN = /\$\{([A-Z][A-Z0-9_]{0,63})(?::-([^{}]*))?\}|\{\{|\}\}|\{([A-Za-z]+)(:number)?\}|[{}]/g;

/** @returns the parts, or one sentence on what is wrong with the text */
export function parseTemplate(text: string): Template | { fault: string } {
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > from) parts.push({ kind: "text", text: text.slice(from, match.index) });
    from = match.index + match[0].length;
    const part = partOf(match);
    if ("fault" in part) return part;
    parts.push(part);
  }
  if (from < text.length) parts.push({ kind: "text", text: text.slice(from) });
  const halfNumber = parts.length > 1 && parts.some((part) => part.kind === "value" && part.isNumber);
  return halfNumber ? { fault: "a placeholder with :number must stand alone" } : parts;
}

/** One match of TOKEN. */
function partOf([whole, env, fallback, name, number]: RegExpExecArray): Part | { fault: string } {
  if (env !== undefined) return { kind: "env", name: env, fallback };
  if (whole === "{{" || whole === "}}") return { kind: "text", text: whole.charAt(0) };
  if (name === undefined) {
    return {
      fault:
        "has a single brace; write {{ or }} for a brace, {name} for a placeholder, ${NAME} for the environment",
    };
  }
  const placeholder = PLACEHOLDERS.find((known) => known === name);
  if (!placeholder) return { fault: `there is no placeholder {${name}}` };
  const isNumber = number !== undefined;
  if (isNumber && !NUMERIC.includes(placeholder)) return { fault: `{${name}} is no number` };
  return { kind: "value", name: placeholder, isNumber };
}

/** For texts that were checked before. @throws for one that was not */
export function templateOf(text: string): Template {
  const template = parseTemplate(text);
  if ("fault" in template) throw new Error("A template was not checked before its use");
  return template;
}

/** A variable of the environment, trimmed; undefined when unset or empty. */
export type ReadEnv = (name: string) => string | undefined;

/** Puts the environment's values in place of their names. */
export function bind(template: Template, env: ReadEnv): Template {
  return template.flatMap((part): Part[] => {
    if (part.kind !== "env") return [part];
    const text = env(part.name) ?? part.fallback ?? "";
    // Stays as a reference without a value: the whole field is left out then.
    return text === "" ? [part] : [{ kind: "text", text }];
  });
}

/** The text, a number where one was asked for, undefined when a part has no value. */
export function fill(template: Template, values: Values): string | number | undefined {
  let text = "";
  for (const part of template) {
    const value = part.kind === "text" ? part.text : part.kind === "value" ? values[part.name] : undefined;
    if (value === undefined) return undefined;
    text += String(value);
  }
  const [first] = template;
  return first?.kind === "value" && first.isNumber ? Number(text) : text;
}

/** Both steps at once, for texts that hold no placeholder. Empty counts as none. */
export function boundText(text: string, env: ReadEnv): string | undefined {
  const filled = fill(bind(templateOf(text), env), {});
  return filled === undefined || filled === "" ? undefined : String(filled);
}
