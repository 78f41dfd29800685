import { ApiError } from "./problem.ts";

/**
 * The bytes of a body, counted while they come in, so that neither a missing nor a false Content-Length
 * brings more than `maxBytes` into memory.
 * @throws ApiError body_too_large, unsupported_media_type (compressed), invalid_request (broken off)
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  refuseEncoded(request);
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > maxBytes) throw tooLarge(maxBytes);
  // The server enforces a declared length, and reading in one piece is far cheaper than a stream.
  const body = declared === null ? await readStream(request, maxBytes) : await readWhole(request);
  if (body.byteLength > maxBytes) throw tooLarge(maxBytes);
  return body;
}

/** A small compressed body can unpack to anything. */
function refuseEncoded(request: Request): void {
  const encoding = request.headers.get("content-encoding");
  if (encoding === null || encoding.toLowerCase() === "identity") return;
  throw new ApiError("unsupported_media_type", "Send the body without a Content-Encoding.");
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError("body_too_large", `The body may have ${maxBytes} bytes at most.`, {
    // What is left of the body will not be read, so the connection cannot be used again.
    headers: { connection: "close" },
  });
}

async function readWhole(request: Request): Promise<Uint8Array> {
  try {
    return new Uint8Array(await request.arrayBuffer());
  } catch {
    throw brokenOff();
  }
}

async function readStream(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(request)) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

async function* chunksOf(request: Request): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader();
  if (!reader) return;
  try {
    for (let part = await read(reader); !part.done; part = await read(reader)) yield part.value;
  } finally {
    // Not awaited: a sender that stalls would hold the answer back.
    reader.cancel().catch(() => undefined);
  }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch {
    throw brokenOff();
  }
}

function brokenOff(): ApiError {
  return new ApiError("invalid_request", "The body ended before it was complete.");
}

const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** JSON only, so that no HTML form of another site can speak to us. */
export function requireJson(request: Request): void {
  const type = request.headers.get("content-type");
  if (type !== null && JSON_TYPE.test(type)) return;
  throw new ApiError("unsupported_media_type", "Send the body as application/json.");
}
