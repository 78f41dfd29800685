import type { Base } from "./compose.ts";
import type { Connected } from "./connect.ts";
import { systemClock } from "./platform/clock.ts";
import type { MetricSources } from "./platform/metrics.ts";
import type { CircuitState, RouteWord } from "./platform/route-metrics.ts";
import { probe } from "./readiness.ts";
import { conservationGap } from "./redis/health.ts";
import { notifyAgeMs } from "./redis/notify-age.ts";
import { circuitStatesOf, quietOf, routeWordsOf } from "./route-health.ts";
import { VERSION } from "./version.ts";

export type Source = { base: Base; connected: Connected };

/** A process that is not connected yet has nothing to show. */
export function metricSources(current: () => Source | undefined): MetricSources {
  const ofConnected = <T>(read: (connected: Connected) => T, otherwise: T): T => {
    const source = current();
    return source ? read(source.connected) : otherwise;
  };
  return {
    version: VERSION,
    queueJobs: async () => ofConnected(queueJobs, Promise.resolve([])),
    conservationGap: async () => {
      const source = current();
      return source ? conservationGap(source.connected.client, source.base.keys) : 0;
    },
    notifyAgeMs: async () => {
      const source = current();
      if (!source) return 0;
      const { client, queues } = source.connected;
      return notifyAgeMs(client, source.base.keys, queues.notify, systemClock.now());
    },
    circuits: () => ofConnected<ReadonlyMap<string, CircuitState>>(circuitStatesOf, new Map()),
    words: () => ofConnected<ReadonlyMap<string, RouteWord>>(routeWordsOf, new Map()),
    quiet: () => ofConnected<ReadonlyMap<string, boolean>>(quietOf, new Map()),
    policyHash: () => current()?.base.live.current().hash,
    health: () => ofConnected(({ health }) => health.rows(), []),
    redisUp: async () => {
      const source = current();
      return source !== undefined && (await probe(source.base, source.connected)).ok;
    },
  };
}

async function queueJobs({ queues }: Connected): Promise<{ queue: string; state: string; jobs: number }[]> {
  const counts = await Promise.all(
    queues.all.map(async (queue) => {
      const counted = await queue.getJobCounts("waiting", "prioritized", "active", "delayed", "failed");
      // Attempts wait by their turn, which BullMQ keeps as a state of its own.
      const { prioritized = 0, waiting = 0, ...others } = counted;
      const byState = { waiting: waiting + prioritized, ...others };
      return Object.entries(byState).map(([state, jobs]) => ({ queue: queue.name, state, jobs }));
    }),
  );
  return counts.flat();
}
