import {
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type Node,
} from "yaml";

/** A YAML or JSON text with the places of its values, so that a fault can be found by a person. */

export type Path = readonly PropertyKey[];

export type Source = {
  value: unknown;
  /** `12:5` of a value, or of the name in front of it; of the nearest one around it where there is none. */
  placeOf: (path: Path, of: "value" | "key") => string;
};

/** Characters. A policy is written by hand. */
const TEXT_MAX = 256_000;
const ALIASES_MAX = 50;

/** Every JSON text is YAML. A fault begins with its place. */
export function readSource(text: string): Source | { fault: string } {
  if (text.length > TEXT_MAX) return { fault: `1:1 is longer than ${TEXT_MAX} characters` };
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const [error] = document.errors;
  if (error) return { fault: `${place(error.pos[0])} ${syntaxWords(error.code)}` };
  const root = document.contents as Node | null;
  try {
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    return { value, placeOf: (path, of) => place(offsetOf(root, path, of)) };
  } catch {
    return { fault: "1:1 uses too many aliases" };
  }
}

/** The parser's own words may quote the text, and somebody may have put a secret there. */
function syntaxWords(code: string): string {
  if (code === "DUPLICATE_KEY") return "repeats a name that stands above";
  if (code === "TAB_AS_INDENT") return "is indented with a tab: YAML takes blanks only";
  if (code === "MULTIPLE_DOCS") return "begins a second document: only one is read";
  return `is not YAML (${code.toLowerCase().replaceAll("_", " ")})`;
}

function offsetOf(root: Node | null, path: Path, of: "value" | "key"): number {
  let node: Node | null = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [index, step] of path.entries()) {
    const found = childOf(node, step);
    if (found === undefined) return offset;
    const wantsKey = of === "key" && index === path.length - 1;
    offset = (wantsKey ? found.key : (found.value ?? found.key)) ?? offset;
    node = found.node;
  }
  return offset;
}

type Child = { node: Node | null; key: number | undefined; value: number | undefined };

function childOf(node: Node | null, step: PropertyKey): Child | undefined {
  if (isSeq(node)) return child(undefined, node.items[Number(step)]);
  if (!isMap(node)) return undefined;
  const pair = node.items.find((one) => isPair(one) && keyOf(one) === String(step));
  return pair && child(pair.key, pair.value);
}

function keyOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}

function child(key: unknown, value: unknown): Child {
  const node = isNode(value) ? value : null;
  return { node, key: startOf(key) ?? startOf(value), value: isEmpty(node) ? undefined : startOf(value) };
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** A name without anything behind it: its value has no place. */
function isEmpty(node: Node | null): boolean {
  return isScalar(node) && node.value === null && node.source === "";
}
