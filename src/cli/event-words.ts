import type { DisabledWhy } from "../core/endpoint.ts";
import type { EventFailure } from "../flows/notify-ports.ts";
import type { ShownEndpoint } from "../redis/endpoint-admin.ts";

/** Endpoints and failures as operators read them. */

const WHY: Record<DisabledWhy, string> = {
  operator: "by an operator",
  gone: "for it answered 410 Gone",
  failing: "for it failed for five days",
};

export function endpointWords({ clientId, record, health, waiting }: ShownEndpoint): string {
  const { url, only, disabled, secrets } = record;
  const state = disabled ? `switched off ${WHY[disabled.why]}, ${instant(disabled.at)}` : stateOf(health);
  return [
    `${clientId}\t${url}`,
    `  events   ${only ? only.join(", ") : "all"}`,
    `  state    ${state}`,
    `  waiting  ${waiting}`,
    `  secrets  ${secrets.map(({ id, endsAt }) => `${id}${endsAt === undefined ? "" : ` until ${instant(endsAt)}`}`).join(", ")}`,
  ].join("\n");
}

function stateOf({ failures, failingSince, lastTakenAt }: ShownEndpoint["health"]): string {
  const last = lastTakenAt === undefined ? "none taken yet" : `last taken ${instant(lastTakenAt)}`;
  if (failingSince === undefined) return `on, ${last}`;
  return `on, failing since ${instant(failingSince)} (${failures} in a row), ${last}`;
}

/** The same for programs, without what is sealed. */
export function endpointJson({ clientId, record, health, waiting }: ShownEndpoint) {
  const { url, only, disabled, secrets } = record;
  return {
    clientId,
    url,
    only: only ?? null,
    enabled: disabled === undefined,
    ...(disabled ? { disabled: { why: disabled.why, at: instant(disabled.at) } } : {}),
    failures: health.failures,
    ...(health.failingSince === undefined ? {} : { failingSince: instant(health.failingSince) }),
    ...(health.lastTakenAt === undefined ? {} : { lastTakenAt: instant(health.lastTakenAt) }),
    waiting,
    secrets: secrets.map(({ id, createdAt, endsAt }) => ({
      id,
      createdAt: instant(createdAt),
      ...(endsAt === undefined ? {} : { endsAt: instant(endsAt) }),
    })),
  };
}

export function failureWords({ at, event, words, tookMs }: EventFailure): string {
  return `${instant(at)}\t${event}\t${words}\t${tookMs} ms`;
}

function instant(at: number): string {
  return new Date(at).toISOString();
}
