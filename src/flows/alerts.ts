import type { Alert } from "../core/alert.ts";
import type { OperatorWord } from "../core/operator-word.ts";
import type { RefusalReason } from "../core/outcome.ts";
import { detailWords, openWords } from "../core/words.ts";
import type { FlowEvent, ServiceEvent } from "./events.ts";

/** Which events an operator is told of, and in what words. Each is recorded by the one process that made the change. */

/** A hand-over that fails again and again must not ring every ten seconds. */
const QUIET_MS = 10 * 60_000;
const DAY_MS = 86_400_000;

type Of<K extends ServiceEvent["kind"]> = Extract<ServiceEvent, { kind: K }>;

/** @returns undefined for what happens in every delivery's life */
export function alertOf(event: FlowEvent): Alert | undefined {
  if (event.kind === "circuit.moved") return ofCircuit(event);
  if (event.kind === "word.said") return ofWord(event);
  if (event.kind === "word.ended") return ofWordEnd(event);
  if (event.kind === "route.quiet") return ofQuiet(event);
  if (event.kind === "policy.reloaded") return ofPolicy(event);
  if (event.kind === "reconcile.done") return ofReconcile(event);
  if (event.kind === "events.disabled") return ofEvents(event);
  return event.kind === "conservation.broken" ? ofConservation(event) : undefined;
}

function ofCircuit(event: Of<"circuit.moved">): Alert | undefined {
  const { circuit, to, why, at } = event;
  const id = `${circuit.replaceAll(/[^A-Za-z0-9_.-]/g, "_")}_${to}_${at}`;
  if (to === "returning") {
    const says = `Calls of ${named(circuit)} succeed again; traffic comes back step by step and nothing is left to do.`;
    return { alert: "circuit_recovered", id, subject: circuit, severity: "info", says, at };
  }
  if (to !== "open" || why === "recovered") return undefined;
  if (why === "account_fault") {
    const says = `${named(circuit)} cannot send: ${accountWords(event.fault)}`;
    return { alert: "account_fault", id, subject: circuit, severity: "critical", says: upper(says), at };
  }
  const says =
    `The circuit of ${named(circuit)} opened: ${openWords(why)}; codes go to the next route, ` +
    "look at the provider's status page and stop the route by hand if it keeps flapping.";
  return { alert: "circuit_opened", id, subject: circuit, severity: "warning", says, at };
}

function ofQuiet({ route, to, at }: Of<"route.quiet">): Alert {
  const subject = `route:${route}`;
  if (to === "speaking") {
    const says = `The messages of route ${route} are reported again; codes start there as before and nothing is left to do.`;
    return { alert: "route_speaks", id: `route_speaks_${route}_${at}`, subject, severity: "info", says, at };
  }
  const says =
    `Route ${route} takes messages but half of them are not reported any more; codes start on other routes, ` +
    "so look whether its provider is ill or its reports do not reach PUBLIC_URL.";
  return { alert: "route_quiet", id: `route_quiet_${route}_${at}`, subject, severity: "warning", says, at };
}

/** Every process reads the same file, and one message about it is enough. */
function ofPolicy({ result, hash, faults, at }: Of<"policy.reloaded">): Alert | undefined {
  if (result === "applied") return undefined;
  const says =
    `The changed policy file has ${faults === 1 ? "a fault" : `${faults} faults`} and the earlier policy still holds; ` +
    "otpost routes check tells where.";
  const id = `policy_refused_${hash}`;
  return { alert: "policy_refused", id, subject: "otpost", severity: "warning", says, at, quietMs: QUIET_MS };
}

function named(circuit: string): string {
  return circuit.replace(":", " ");
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What to do differs: a key, a balance and a right are mended in different places. */
function accountWords(fault: RefusalReason | undefined): string {
  const reason = detailWords(fault ?? "account_rights");
  if (fault === "account_credit")
    return `${reason}; top it up, and the route returns by itself within seconds.`;
  if (fault === "account_auth") return `${reason}; set the right key and restart workers and API.`;
  return `${reason}; compare the key's rights, allowed addresses and base URL at the provider.`;
}

function ofWord({ route, word }: Of<"word.said">): Alert {
  const subject = `route:${route}`;
  const says =
    word.kind === "stopped"
      ? `${word.by} stopped route ${route} ${lasting(word)} (${word.why}); codes take the next route, and where there is none they wait until \`otpost routes auto ${route}\`.`
      : `${word.by} forced route ${route} ${lasting(word)} (${word.why}); calls go out although its circuit may be open, until \`otpost routes auto ${route}\`.`;
  const id = `word_${route}_${word.since}_set`;
  const severity = word.kind === "stopped" ? "warning" : "info";
  return { alert: "word_set", id, subject, severity, says, at: word.since };
}

function lasting({ since, until }: OperatorWord): string {
  return `for ${Math.round((until - since) / 60_000)} min`;
}

function ofWordEnd({ route, word, how, by, at }: Of<"word.ended">): Alert {
  const subject = `route:${route}`;
  const was = word.kind === "stopped" ? "stopped" : "forced";
  const isOver = how === "run_out";
  const says = isOver
    ? `Route ${route} is no longer ${was}, for the time that ${word.by} gave it is over; say it again if the reason still holds.`
    : `${by} took back that route ${route} is ${was}; its circuit decides again and nothing is left to do.`;
  const alert = isOver ? "word_run_out" : "word_taken_back";
  return { alert, id: `word_${route}_${word.since}_${how}`, subject, severity: "info", says, at };
}

function ofReconcile({ jobs, timers, at }: Of<"reconcile.done">): Alert {
  const says = `${jobs} jobs and ${timers} timers had been lost and were put back; if this goes on, look for killed workers or a Redis that lost writes.`;
  const [alert, subject, severity] = ["reconcile_repaired", "otpost", "warning"] as const;
  return { alert, id: "reconcile_repaired", subject, severity, says, at, quietMs: QUIET_MS };
}

function ofEvents({ clientId, why, at }: Of<"events.disabled">): Alert {
  const reason =
    why === "gone" ? "its address answered 410 Gone" : "its address has not taken one for five days";
  const says =
    `Events to client ${clientId} are switched off, for ${reason}; mend it, look with ` +
    `\`otpost events test ${clientId}\` and switch them on with \`otpost events enable ${clientId}\`.`;
  const [alert, severity] = ["events_disabled", "warning"] as const;
  return {
    alert,
    id: `events_disabled_${clientId}_${at}`,
    subject: `client:${clientId}`,
    severity,
    says,
    at,
  };
}

function ofConservation({ gap, at }: Of<"conservation.broken">): Alert {
  const says = `Accepted codes and accounted ones differ by ${gap}, which is a bug or a damaged Redis; keep the log and the Redis files and report it.`;
  const [alert, subject, severity] = ["conservation_broken", "otpost", "critical"] as const;
  return { alert, id: `conservation_${gap}`, subject, severity, says, at, quietMs: DAY_MS };
}

/** Right path token, wrong signature: mostly our own signing key after a rotation. */
export function unauthenticReport(provider: string, at: number): Alert {
  const says = `Reports of ${provider} carry the right token and a wrong signature; compare the signing key with the provider's, name both while it is replaced: refused reports come again.`;
  const [alert, subject, severity] = ["report_unauthentic", `provider:${provider}`, "warning"] as const;
  return { alert, id: `report_unauthentic_${provider}`, subject, severity, says, at, quietMs: QUIET_MS };
}

/**
 * OPERATOR_TOKEN was used: in an emergency by one of us, or by somebody who found it. Tools that use it are told of
 * once in a while only.
 * @param id draws the uses apart
 */
export function breakGlassUsed(
  use: { how: "login" | "bearer"; from: string; id: string },
  at: number,
): Alert {
  const { how, from, id } = use;
  const who = how === "login" ? "Somebody logged in" : "A program called the operator listener";
  const says = `${who} with OPERATOR_TOKEN from ${from || "this machine"}; if nobody of you did, set another one and restart every process, which ends its sessions.`;
  const [alert, subject, severity] = ["break_glass", "otpost", "warning"] as const;
  if (how === "login") return { alert, id: `break_glass_${id}`, subject, severity, says, at };
  return { alert, id: "break_glass_bearer", subject, severity, says, at, quietMs: DAY_MS };
}

/** Asked for by an operator who wants to see that alerts arrive. */
export function testAlert(id: string, at: number): Alert {
  const says = "This is a test of the alert webhook: nothing is wrong and there is nothing to do.";
  return { alert: "test", id, subject: "otpost", severity: "info", says, at };
}
