import type { TwinContext } from "./breakage.ts";

/** Parameters of a call by name. Values are as the caller wrote them: both providers read loosely. */
export type Params = Record<string, unknown>;

/**
 * Query, then body over it. Form (urlencoded or multipart) and JSON; a body that is neither is ignored, as
 * the providers do. `raw` is the body as it came, for signatures.
 */
export async function readParams(c: TwinContext): Promise<{ params: Params; raw: string }> {
  const params: Params = {};
  const at = c.req.url.indexOf("?");
  if (at !== -1) addForm(params, new URLSearchParams(c.req.url.slice(at + 1)));
  if (c.req.method === "GET") return { params, raw: "" };
  const raw = await c.req.text();
  const type = c.req.header("content-type") ?? "";
  if (type.startsWith("application/json")) Object.assign(params, parseObject(raw));
  else if (type.startsWith("multipart/form-data")) await addMultipart(params, raw, type);
  else addForm(params, new URLSearchParams(raw));
  return { params, raw };
}

/** A parameter as text: numbers and booleans as PHP prints them, arrays as a comma list. */
export function text(params: Params, name: string): string | undefined {
  const value = params[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (Array.isArray(value)) return value.map(String).join(",");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `1`, `true` and `on` are yes. Source: docs.seven.io, form booleans are 1 and 0. */
export function flag(params: Params, name: string): boolean {
  return ["1", "true", "on"].includes(text(params, name) ?? "");
}

/** `ids[]=a&ids[]=b` becomes one comma list, as PHP would make an array of it. */
function addForm(params: Params, form: URLSearchParams): void {
  for (const [key, value] of form) {
    const name = key.endsWith("[]") ? key.slice(0, -2) : key;
    const before = key === name ? undefined : text(params, name);
    params[name] = before === undefined ? value : `${before},${value}`;
  }
}

/** Some PHP clients send multipart by default; files are of no interest here. */
async function addMultipart(params: Params, raw: string, type: string): Promise<void> {
  const form = await new Response(raw, { headers: { "content-type": type } }).formData().catch(() => []);
  for (const [name, value] of form) if (typeof value === "string") params[name] = value;
}

/** A broken body leaves no parameters, so the answer is "missing", as the providers give it. */
function parseObject(raw: string): Params {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Params) : {};
  } catch {
    return {};
  }
}
