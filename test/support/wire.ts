import { once } from "node:events";
import { connect } from "node:net";

/** One HTTP exchange over a socket of its own, with nothing between the test's bytes and the server. */

export type WireAnswer = { status: number; header: (name: string) => string | undefined; body: string };

export async function exchange(port: number, request: string | Buffer): Promise<WireAnswer> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  try {
    await once(socket, "connect");
    socket.write(request);
    let bytes = Buffer.alloc(0);
    for await (const chunk of socket) {
      bytes = Buffer.concat([bytes, chunk as Buffer]);
      const answer = parsed(bytes, request.toString("latin1").startsWith("HEAD "));
      if (answer) return answer;
    }
    throw new Error(`The connection ended in the middle of an answer: ${bytes.toString("latin1")}`);
  } finally {
    socket.destroy();
  }
}

/** Undefined until all of it is here. Answers of ours always have a length. */
function parsed(bytes: Buffer, isHead: boolean): WireAnswer | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const length = isHead ? 0 : Number(headers.get("content-length") ?? 0);
  const body = bytes.subarray(end + 4);
  if (body.length < length) return undefined;
  const status = Number(first.split(" ")[1]);
  return { status, header: (name) => headers.get(name), body: body.subarray(0, length).toString("utf8") };
}
