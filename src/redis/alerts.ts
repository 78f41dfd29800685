import type { Redis } from "ioredis";
import { z } from "zod";
import { type Alert, alertMessageId, ALERTS } from "../core/alert.ts";
import type { Alerts } from "../flows/events.ts";
import type { Keys } from "./keys.ts";
import type { Queues } from "./queues.ts";
import { reachable } from "./unavailable.ts";

/** Alerts kept for the operator's page. */
export const ALERTS_KEPT = 50;
/** Alerts on their way into Redis; more than a storm of circuits makes. Beyond it the log line has to do. */
const PENDING_MAX = 100;

const alertSchema: z.ZodType<Alert> = z.object({
  alert: z.enum(ALERTS),
  id: z.string().regex(/^[A-Za-z0-9_.-]{1,160}$/),
  subject: z.string().max(120),
  severity: z.enum(["info", "warning", "critical"]),
  says: z.string().max(1_000),
  at: z.number(),
  quietMs: z.number().exactOptional(),
});

/** @returns undefined for what no version of ours wrote */
export function parseAlert(data: unknown): Alert | undefined {
  return alertSchema.safeParse(data).data;
}

export type AlertsDeps = {
  client: Redis;
  keys: Keys;
  queues: Pick<Queues, "notify">;
  /** Called once for each alert that is raised, also while Redis is away. */
  onRaised: (alert: Alert) => void;
  /** An alert that could not be stored; the log line of `onRaised` is all there is. */
  onLost: (alert: Alert) => void;
};

export type RunningAlerts = Alerts & {
  /** Waits until what was raised is stored, or has failed. */
  settled: () => Promise<void>;
};

/** Tells operators. Runs beside everything else: nobody waits for it, and what waits is bounded. */
export function createAlerts(deps: AlertsDeps): RunningAlerts {
  const pending = new Set<Promise<void>>();
  return {
    raise: (alert) => {
      if (pending.size >= PENDING_MAX) {
        deps.onRaised(alert);
        deps.onLost(alert);
        return;
      }
      const work = tell(deps, alert).finally(() => pending.delete(work));
      pending.add(work);
    },
    settled: async () => void (await Promise.all(pending)),
  };
}

async function tell(deps: AlertsDeps, alert: Alert): Promise<void> {
  // Who cannot find out whether it was told lately tells it: better twice than never.
  if (await wasToldLately(deps, alert).catch(() => false)) return;
  deps.onRaised(alert);
  try {
    await reachable(() => store(deps, alert));
  } catch {
    deps.onLost(alert);
  }
}

async function wasToldLately({ client, keys }: AlertsDeps, { id, quietMs }: Alert): Promise<boolean> {
  if (quietMs === undefined) return false;
  return (await client.set(keys.alerted(id), "1", "PX", quietMs, "NX")) === null;
}

/**
 * The webhook first: an alert that only the page is missing has still reached somebody. Queued without knowing
 * whether there is a webhook: that is the workers' configuration, and not every command has it.
 */
async function store({ client, keys, queues }: AlertsDeps, alert: Alert): Promise<void> {
  await queues.notify.add("alert", alert, { jobId: alertMessageId(alert) });
  await client.lpush(keys.alerts, JSON.stringify(alert));
  await client.ltrim(keys.alerts, 0, ALERTS_KEPT - 1);
}

/** The newest alerts, newest first. */
export async function recentAlerts(client: Redis, keys: Keys): Promise<Alert[]> {
  const values = await reachable(() => client.lrange(keys.alerts, 0, ALERTS_KEPT - 1));
  return values.flatMap((value) => parseAlert(json(value)) ?? []);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
