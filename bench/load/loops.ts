import { type Figures, percentile } from "../figures.ts";
import { type Connection, openConnection } from "./connection.ts";
import { requestMaker, type Target } from "./request.ts";

export type ClosedLoop = { connections: number; forMs: number };
export type OpenLoop = { connections: number; perSecond: number; forMs: number };

/**
 * Every connection sends its next request as soon as its last one is answered: how much the server can do.
 * @throws when any request was not answered with 202, for then the figures are of something else
 */
export async function closedLoop(
  target: Target,
  loop: ClosedLoop,
): Promise<{ answered: number; figures: Figures }> {
  const connections = await openAll(target, loop.connections);
  const make = requestMaker(target);
  const tally = createTally();
  const startedAt = performance.now();
  const turn = (connection: Connection, done: () => void): void => {
    const sentAt = performance.now();
    if (sentAt - startedAt >= loop.forMs) return done();
    connection.send(make(), (status) => {
      tally.add(status, performance.now() - sentAt);
      turn(connection, done);
    });
  };
  await Promise.all(connections.map((c) => new Promise<void>((resolve) => turn(c, resolve))));
  const ranMs = performance.now() - startedAt;
  closeAll(connections);
  const tookMs = tally.done();
  const perSecond = (tookMs.length * 1000) / ranMs;
  return { answered: tookMs.length, figures: { "requests/s": perSecond, ...latencies(tookMs, "") } };
}

/**
 * Requests come at a fixed rate whether the server keeps up or not, as people do. Latency counts from the
 * instant at which a request was due: a server that stalls is charged for everybody who had to wait.
 * @throws like closedLoop
 */
export async function openLoop(target: Target, loop: OpenLoop): Promise<Figures> {
  const connections = await openAll(target, loop.connections);
  const make = requestMaker(target);
  const tally = createTally();
  const idle = [...connections];
  const startsAt = performance.now();
  const total = Math.round((loop.perSecond * loop.forMs) / 1000);
  const dueAt = (n: number) => startsAt + (n * 1000) / loop.perSecond;
  let [sent, answered] = [0, 0];
  await new Promise<void>((resolve) => {
    const pump = (): void => {
      while (sent < total && dueAt(sent) <= performance.now()) {
        const connection = idle.pop();
        if (!connection) break;
        const due = dueAt(sent++);
        connection.send(make(), (status) => {
          tally.add(status, performance.now() - due);
          idle.push(connection);
          answered += 1;
        });
      }
      // Not a timer: Node's have 1 ms, which is more than a request takes.
      if (answered === total) resolve();
      else setImmediate(pump);
    };
    pump();
  });
  closeAll(connections);
  return latencies(tally.done(), ` at ${loop.perSecond}/s`);
}

function latencies(tookMs: readonly number[], suffix: string): Figures {
  return {
    [`p50 ms${suffix}`]: percentile(tookMs, 0.5),
    [`p99 ms${suffix}`]: percentile(tookMs, 0.99),
  };
}

function createTally() {
  const tookMs: number[] = [];
  const wrong = new Map<number, number>();
  return {
    add: (status: number, ms: number): void => {
      tookMs.push(ms);
      if (status !== 202) wrong.set(status, (wrong.get(status) ?? 0) + 1);
    },
    done: (): number[] => {
      const said = [...wrong].map(([status, count]) => `${count} x ${status === 0 ? "no answer" : status}`);
      if (said.length > 0) throw new Error(`Not every request was answered with 202: ${said.join(", ")}`);
      return tookMs;
    },
  };
}

function openAll({ url }: Target, count: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: count }, () => openConnection(new URL(url))));
}

function closeAll(connections: readonly Connection[]): void {
  for (const connection of connections) connection.close();
}
