import { baseUrl } from "../settings.ts";
import { type Place, placesOf } from "./places.ts";
import type { HttpFile, Mapping } from "./schema.ts";
import { boundText, parseTemplate, type ReadEnv, type Template, templateOf } from "./template.ts";

/** What a shape cannot say. One sentence a fault, with its place; none ever shows a value of the environment. */

const ENV_VALUE = /^[\x20-\x7e]{1,512}$/;
/** What HTTP takes; a placeholder or reference stands for something that fits. */
const HEADER = /^[\x20-\x7e]*$/;
const PATH = /^[\x21-\x7e]*$/;

/** Faults of the file alone. */
export function fileFaults(file: HttpFile): string[] {
  const places = placesOf(file)
    .map(placeFault)
    .filter((fault) => fault !== undefined);
  return places.length > 0 ? places : ruleFaults(file);
}

/** In this order: a text that cannot be taken apart has no placeholders to judge. */
function placeFault({ at, text, allowed, isSecret }: Place): string | undefined {
  const template = parseTemplate(text);
  if ("fault" in template) return `${at}: ${template.fault}`;
  const stranger = template.find((part) => part.kind === "value" && !allowed.includes(part.name));
  if (stranger?.kind === "value") {
    return `${at}: {${stranger.name}} may not stand here${allowed.length > 0 ? `; allowed: ${allowed.join(", ")}` : ""}`;
  }
  return (isSecret ? secretFault(at, template) : undefined) ?? wireFault(at, text);
}

/** undici throws on such texts, which would look like a fault of the connection. */
function wireFault(at: string, text: string): string | undefined {
  if (at.endsWith("/path"))
    return PATH.test(text) ? undefined : `${at}: a URL takes printable ASCII characters only`;
  const isHeader = /\/headers\/|^\/auth\//.test(at);
  return isHeader && !HEADER.test(text) ? `${at}: a header takes printable ASCII characters only` : undefined;
}

/** A secret never stands in the file, not even as a default. */
function secretFault(at: string, template: Template): string | undefined {
  const names = template.filter((part) => part.kind === "env");
  if (names.length === 0) return `${at}: must come from the environment, such as \${EXAMPLE_TOKEN}`;
  return names.some((part) => part.fallback !== undefined)
    ? `${at}: a secret has no default in the file`
    : undefined;
}

/** Pairs of fields that must fit each other: a rule that cannot ever take effect is a mistake. */
function ruleFaults(file: HttpFile): string[] {
  const faults = [...sendFaults(file), ...recordFaults(file)];
  return [...faults, ...errorFaults(file.send.errors), ...costFaults(file)];
}

/** A fault beside the condition under which it is one. */
type Row = readonly [isFault: boolean, fault: string];

function faultsOf(rows: readonly Row[]): string[] {
  return rows.flatMap(([isFault, fault]) => (isFault ? [fault] : []));
}

/** A body without text or number would be a paid message that brings nobody a code. */
function sendFaults(file: HttpFile): string[] {
  const { id, where = [] } = file.send.accepted;
  const { validity } = file;
  const names = placesOf(file)
    .filter(({ at }) => at.startsWith("/send/body/"))
    .flatMap(({ text }) => templateOf(text).flatMap((part) => (part.kind === "value" ? [part.name] : [])));
  return faultsOf([
    [!names.includes("text"), "/send/body: {text} must stand in it"],
    [
      !names.some((name) => name === "to" || name === "toDigits"),
      "/send/body: {to} or {toDigits} must stand in it",
    ],
    [
      id === undefined && where.length === 0,
      "/send/accepted: name an id or a condition; a status alone proves nothing",
    ],
    [
      validity !== undefined && validity.minSeconds > validity.maxSeconds,
      "/validity: minSeconds is above maxSeconds",
    ],
  ]);
}

/** What is needed before a report, a status or a look-up can lead to one of our attempts. */
function recordFaults({ lookUp, status, reports, silenceMs }: HttpFile): string[] {
  return faultsOf([
    [
      silenceMs !== undefined && !reports && !status,
      "/silenceMs: without reports or status every message would seem silent",
    ],
    [
      reports !== undefined && !isTraceable(reports),
      "/reports: name id or reference, or no report can find its message",
    ],
    [
      status !== undefined && !isTraceable(status),
      "/status: name id or reference, or no record can be told to be ours",
    ],
    [
      lookUp !== undefined && !lookUp.list && !lookUp.absent,
      "/lookUp: name list or absent; what is never absent is never sent again",
    ],
  ]);
}

/** Without either name a record could be about anybody's message. */
function isTraceable({ id, reference }: Pick<Mapping, "id" | "reference">): boolean {
  return id !== undefined || reference !== undefined;
}

/** 429 and 408 are decided before the table; a body under a failing status is no acceptance. */
function errorFaults(errors: HttpFile["send"]["errors"]): string[] {
  return errors.flatMap(({ statuses, where, outcome }, index) => {
    const at = `/send/errors/${index}`;
    if (!statuses && !where) return [`${at}: name statuses or where`];
    if (statuses?.some((status) => status === 408 || status === 429 || (status >= 300 && status <= 399))) {
      return [`${at}/statuses: 3xx, 408 and 429 have a fixed meaning`];
    }
    if (outcome.kind === "accepted" && (!where || !statuses?.every((status) => status <= 299))) {
      return [`${at}: accepted needs statuses of 2xx and a condition`];
    }
    return [];
  });
}

/** Prices of routes are added up, which only works within one currency. */
function costFaults({ send, lookUp }: HttpFile): string[] {
  return [
    { at: "/send/accepted/cost", cost: send.accepted.cost },
    { at: "/lookUp/cost", cost: lookUp?.cost },
  ].flatMap(({ at, cost }) =>
    cost && (cost.currency === undefined) === (cost.currencyAt === undefined)
      ? [`${at}: name either currency or currencyAt`]
      : [],
  );
}

/** Faults of the environment, for a file without faults of its own: one for each name. */
export function environmentFaults(file: HttpFile, env: ReadEnv): string[] {
  const found = new Map<string, string>();
  for (const { at, text } of placesOf(file)) {
    for (const part of templateOf(text)) {
      const fault = part.kind === "env" ? valueFault(part, env(part.name), at) : undefined;
      if (part.kind === "env" && fault && !found.has(part.name))
        found.set(part.name, `${part.name}: ${fault}`);
    }
  }
  return found.size > 0 ? [...found.values()] : boundFaults(file, env);
}

/** The value itself is never part of the sentence: it may be a secret with a typing error in it. */
function valueFault(
  { fallback }: { fallback: string | undefined },
  value: string | undefined,
  at: string,
): string | undefined {
  if (value === undefined) return fallback === undefined ? `is not set, but ${at} needs it` : undefined;
  return ENV_VALUE.test(value) ? undefined : "must be 1 to 512 printable ASCII characters";
}

/** What only shows once the values are in place. */
function boundFaults(file: HttpFile, env: ReadEnv): string[] {
  const url = baseUrl.safeParse(boundText(file.baseUrl, env) ?? "");
  const { auth } = file;
  const user = auth.kind === "basic" ? (boundText(auth.user, env) ?? "") : "";
  return [
    ...(url.success ? [] : [`/baseUrl: ${url.error.issues[0]?.message ?? "is no URL"}`]),
    // RFC 7617: the first colon ends the user name.
    ...(user.includes(":") ? ["/auth/user: must not hold a colon"] : []),
  ];
}
