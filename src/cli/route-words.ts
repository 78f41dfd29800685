import { Command, InvalidArgumentError } from "commander";
import { operatorTextFault } from "../core/operator-text.ts";
import { type OperatorWord, WORD_LIMITS } from "../core/operator-word.ts";
import { type RouteFacts, routeView, wordView } from "../core/route-facts.ts";
import { alertOf } from "../flows/alerts.ts";
import { createAlerts } from "../redis/alerts.ts";
import { readPublishedRoutes } from "../redis/published-routes.ts";
import { createQueues } from "../redis/queues.ts";
import { createRouteDesk, type RouteDesk } from "../route-desk.ts";
import { noted, userName } from "./audited.ts";
import { type RedisSession, withRedis } from "./redis-session.ts";

/** `otpost routes list|stop|force|auto`: what an operator sees and says of routes, beside a running service. */

/** A route that is not there, or a service that never ran. */
class RouteFault extends Error {
  override readonly name = "RouteFault";
}

export function routeWordCommands(): Command[] {
  return [listCommand(), wordCommand("stop"), wordCommand("force"), autoCommand()];
}

function listCommand(): Command {
  return new Command("list")
    .description("every route with its circuit, the operator's word and what waits")
    .option("--json", "print JSON, one route a line")
    .action(async (options: { json?: true }) => {
      const facts = await atDesk((desk) => desk.list());
      for (const route of facts) {
        print(options.json ? JSON.stringify(routeView(route, instant)) : routeLines(route));
      }
    });
}

const VERBS = {
  stop: {
    kind: "stopped",
    about: "make no calls to a route for a while; it holds on all workers within a second",
  },
  force: {
    kind: "forced",
    about: "make calls to a route for a while although its circuit is open",
  },
} as const;

type WordOptions = { for: number; why: string; by: string; json?: true };

function wordCommand(verb: "stop" | "force"): Command {
  const { kind, about } = VERBS[verb];
  return new Command(verb)
    .description(about)
    .argument("<route>", "route (see: otpost routes list)")
    .requiredOption("--why <reason>", "why, for colleagues and for the alert", textOf(200))
    .option("--for <time>", "how long, such as 30m or 2h; 1m to 24h", duration, WORD_LIMITS.usualMs)
    .option("--by <name>", "who says it", textOf(60), userName())
    .option("--json", "print one line of JSON")
    .addHelpText("after", `\nExample:\n  otpost routes ${verb} seven-sms --for 30m --why "outage at seven"`)
    .action(async (route: string, options: WordOptions) => {
      const { for: forMs, why, by, json } = options;
      await atDesk(async (desk, session) => {
        const facts = await known(desk, route);
        const instead = await desk.instead(route);
        if (kind === "stopped" && !json) print(movesWords(facts, instead));
        const word = await desk.say(route, { kind, by, why, forMs });
        await noted(session, `route.${verb}`, { target: route, detail: { by, why, forMs } });
        const answer = { route, word: wordView(word, instant), waiting: facts.waiting, instead };
        print(json ? JSON.stringify(answer) : saidWords(route, word));
      });
    });
}

function autoCommand(): Command {
  return new Command("auto")
    .description("take the operator's word on a route back: its circuit decides again")
    .argument("<route>", "route (see: otpost routes list)")
    .option("--by <name>", "who says it", textOf(60), userName())
    .option("--json", "print one line of JSON")
    .action(async (route: string, { by, json }: { by: string; json?: true }) => {
      const word = await atDesk(async (desk, session) => {
        await known(desk, route);
        const taken = await desk.takeBack(route, by);
        await noted(session, "route.auto", { target: route, detail: { by } });
        return taken;
      });
      const tookBack = word ? wordView(word, instant) : null;
      if (json) print(JSON.stringify({ route, word: null, tookBack }));
      else if (word) print(`${route} is no longer ${word.kind}. Its circuit decides again.`);
      else print(`Nobody had said anything of ${route}. Its circuit decides.`);
    });
}

/** The desk of the installation that runs on this Redis, with alerts as its processes raise them. */
async function atDesk<T>(work: (desk: RouteDesk, session: RedisSession) => Promise<T>): Promise<T> {
  return withRedis(async (session) => {
    const { client, config, keys } = session;
    const published = await readPublishedRoutes(client, keys);
    if (!published) {
      throw new RouteFault("No worker has run on this Redis yet. Start one: otpost up, or otpost work");
    }
    const { routes, order } = published;
    const queues = createQueues({ client, prefix: config.REDIS_PREFIX, routes: routes.map((r) => r.id) });
    const onLost = () => void process.stderr.write("The alert about this could not be stored.\n");
    const alerts = createAlerts({ client, keys, queues, onRaised: () => undefined, onLost });
    const record: Parameters<typeof createRouteDesk>[0]["events"]["record"] = (event) => {
      const alert = alertOf(event);
      if (alert) alerts.raise(alert);
    };
    const desk = createRouteDesk({ client, keys, queues, routes, order, events: { record }, now: Date.now });
    try {
      return await work(desk, session);
    } finally {
      await alerts.settled();
      await queues.close();
    }
  });
}

async function known(desk: RouteDesk, route: string): Promise<RouteFacts> {
  const facts = await desk.list();
  const found = facts.find((f) => f.route === route);
  if (found) return found;
  throw new RouteFault(
    `There is no route ${route.slice(0, 40)}. Routes: ${facts.map((f) => f.route).join(", ")}`,
  );
}

function routeLines(facts: RouteFacts): string {
  const { route, channel, provider, account, perSecond, circuit, word, restsUntil, waiting, waitMs } = facts;
  const rate = perSecond === 0 ? "unpaced" : `${perSecond} a second`;
  const of = circuit.of === "account" ? ` (account ${account})` : "";
  const story = [circuit.why, circuit.since === undefined ? undefined : `since ${instant(circuit.since)}`];
  const said = story.filter((part) => part !== undefined).join(", ");
  return [
    route,
    `  ${channel} of ${provider}, account ${account}, ${rate}`,
    `  circuit  ${circuit.state}${of}${said === "" ? "" : `: ${said}`}`,
    `  word     ${word ? `${word.kind} until ${instant(word.until)} by ${word.by}: ${word.why}` : "none (auto)"}`,
    ...(restsUntil === undefined ? [] : [`  rests    until ${instant(restsUntil)}, as its provider asked`]),
    `  waiting  ${waiting}, expected wait ${(waitMs / 1_000).toFixed(1)} s`,
  ].join("\n");
}

function movesWords({ route, waiting }: RouteFacts, instead: readonly string[]): string {
  const wait = waiting === 1 ? "1 code waits" : `${waiting} codes wait`;
  const where =
    instead.length === 0
      ? "no other route can be called: they are held until this one runs again, or expire"
      : `they go to ${instead.join(", then ")}, as far as their plans hold it`;
  return `${wait} for ${route}; ${where}.`;
}

function saidWords(route: string, { kind, until }: OperatorWord): string {
  return `${route} is ${kind} until ${instant(until)}, on all workers within a second. Take it back: otpost routes auto ${route}`;
}

const UNIT_MS = { m: 60_000, h: 3_600_000 };

function duration(value: string): number {
  const match = /^(\d{1,4})([mh])$/.exec(value);
  const ms = match ? Number(match[1]) * UNIT_MS[match[2] as "m" | "h"] : 0;
  if (ms >= WORD_LIMITS.minMs && ms <= WORD_LIMITS.maxMs) return ms;
  throw new InvalidArgumentError("Use minutes or hours from 1m to 24h, such as 30m.");
}

function textOf(maxLength: number): (value: string) => string {
  return (value) => {
    const fault = operatorTextFault(value, maxLength);
    if (fault === undefined) return value;
    throw new InvalidArgumentError(`It ${fault}.`);
  };
}

function instant(at: number): string {
  return new Date(at).toISOString();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
