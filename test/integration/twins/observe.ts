import { request } from "undici";

const PATIENCE_MS = 9_000;
const ENOUGH_BYTES = 1_048_576;

/** What a client sees that waits only so long: an answer, or how there was none. */
export async function observe(
  url: string,
  headers: Record<string, string>,
  fields: Record<string, unknown>,
  patienceMs = PATIENCE_MS,
): Promise<string> {
  const signal = AbortSignal.timeout(patienceMs);
  const typed = { ...headers, "content-type": "application/json" };
  try {
    const answer = await request(url, {
      method: "POST",
      headers: typed,
      body: JSON.stringify(fields),
      signal,
    });
    let body = "";
    for await (const chunk of answer.body) {
      body += String(chunk);
      if (body.length > ENOUGH_BYTES) return "oversize";
    }
    const retryAfter = answer.headers["retry-after"];
    const tail = retryAfter === undefined ? body : `retry-after ${String(retryAfter)}`;
    return `${answer.statusCode} ${tail}`.slice(0, 600);
  } catch (error) {
    if (signal.aborted) return "hang";
    return `broken ${(error as NodeJS.ErrnoException).code ?? ""}`;
  }
}
