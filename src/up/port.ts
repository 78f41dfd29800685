import { once } from "node:events";
import { createServer } from "node:net";

/** The wished port, or one that is free right now for 0: its number must be known before anything listens. */
export async function settledPort(wished: number, host: string): Promise<number> {
  if (wished !== 0) return wished;
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("The system gave no free port");
  return address.port;
}
