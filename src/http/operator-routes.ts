import type { Context } from "hono";
import { z } from "zod";
import { operatorTextFault } from "../core/operator-text.ts";
import { type OperatorWord, WORD_LIMITS } from "../core/operator-word.ts";
import { type RouteFacts, routeView, wordView } from "../core/route-facts.ts";
import { json } from "./answer.ts";
import { readJson } from "./json-body.ts";
import type { Asked } from "./operator-guard.ts";
import { ApiError } from "./problem.ts";

/** What operators see and say of routes, for tools. The command line does the same without this listener. */
export type RouteDesk = {
  list: () => Promise<RouteFacts[]>;
  /** Routes that would take what is meant for this one. */
  instead: (route: string) => Promise<string[]>;
  say: (
    route: string,
    word: Pick<OperatorWord, "kind" | "by" | "why"> & { forMs: number },
  ) => Promise<OperatorWord>;
  takeBack: (route: string, by: string) => Promise<OperatorWord | undefined>;
};

const BY_MAX = 60;
const WHY_MAX = 200;

function operatorText(maxLength: number) {
  return z.string().superRefine((text, check) => {
    const fault = operatorTextFault(text, maxLength);
    if (fault) check.addIssue({ code: "custom", message: fault });
  });
}

const wordSchema = z.strictObject({
  word: z.enum(["stopped", "forced"]),
  by: operatorText(BY_MAX),
  why: operatorText(WHY_MAX),
  forMs: z.int().min(WORD_LIMITS.minMs).max(WORD_LIMITS.maxMs).default(WORD_LIMITS.usualMs),
});

/** As the command line calls it, and so the audit. */
const WORD_VERBS: Record<OperatorWord["kind"], string> = { stopped: "stop", forced: "force" };

export function listRoutes(desk: RouteDesk): () => Promise<Response> {
  return async () => json(200, { routes: (await desk.list()).map((facts) => routeView(facts, instant)) });
}

/** PUT: the same word twice is one word, with a new end. */
export function putWord(desk: RouteDesk): (c: Context, asked: Asked) => Promise<Response> {
  return async (c, { audit }) => {
    const before = await knownRoute(desk, c);
    const parsed = wordSchema.safeParse(await readJson(c.req.raw));
    if (!parsed.success) throw badWord(parsed.error);
    const { word: kind, by, why, forMs } = parsed.data;
    const instead = await desk.instead(before.route);
    const word = await desk.say(before.route, { kind, by, why, forMs });
    await audit(`route.${WORD_VERBS[kind]}`, { target: before.route, detail: { by, why, forMs } });
    return json(200, {
      route: before.route,
      word: wordView(word, instant),
      waiting: before.waiting,
      instead,
    });
  };
}

/** The circuit decides again. Taking back what nobody said is no fault. */
export function deleteWord(desk: RouteDesk): (c: Context, asked: Asked) => Promise<Response> {
  return async (c, { operator, audit }) => {
    const { route } = await knownRoute(desk, c);
    const by = operator.via === "break-glass" ? "the operator API" : operator.name;
    const word = await desk.takeBack(route, by);
    await audit("route.auto", { target: route });
    return json(200, { route, word: null, tookBack: word ? wordView(word, instant) : null });
  };
}

async function knownRoute(desk: RouteDesk, c: Context): Promise<RouteFacts> {
  const facts = await desk.list();
  const route = facts.find((f) => f.route === c.req.param("route"));
  if (route) return route;
  const names = facts.map((f) => f.route).join(", ");
  throw new ApiError("not_found", `There is no route of this name. Routes: ${names}.`);
}

function badWord({ issues }: z.ZodError): ApiError {
  const [issue] = issues;
  const field = issue?.path.join(".") || undefined;
  const detail =
    field === undefined ? "Send word, by, why and perhaps forMs." : `${field}: ${issue?.message}`;
  return new ApiError("invalid_request", detail, { field });
}

function instant(at: number): string {
  return new Date(at).toISOString();
}
