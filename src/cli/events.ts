import { Argument, Command, InvalidArgumentError } from "commander";
import { CLIENT_EVENTS, type ClientEventName } from "../core/client-event.ts";
import { eventGuard } from "../event-home.ts";
import { ClientFault } from "../redis/client-fault.ts";
import { createEndpointAdmin, type EndpointAdmin } from "../redis/endpoint-admin.ts";
import { wholeNumber } from "./arguments.ts";
import { endpointJson, endpointWords, failureWords } from "./event-words.ts";
import { testEvent } from "./event-test.ts";
import { type KeySession, withKeys } from "./redis-session.ts";

const HOUR_MS = 3_600_000;

/** `otpost events`: where clients are told what became of their codes. */
export function eventsCommand(): Command {
  return new Command("events")
    .description("where clients are told what became of their codes, as signed posts")
    .addHelpText("after", EXAMPLES)
    .addCommand(setCommand())
    .addCommand(showCommand())
    .addCommand(testCommand())
    .addCommand(switchCommand("enable", "send again, and forget the failures so far"))
    .addCommand(switchCommand("disable", "send nothing; what happens meanwhile is not told later"))
    .addCommand(rotateCommand())
    .addCommand(failuresCommand())
    .addCommand(removeCommand());
}

const EXAMPLES = `
Examples:
  otpost events set cloud --url https://cloud.example.org/otpost/events
  otpost events test cloud
  otpost events failures cloud

Payloads, retries and how to check a signature: docs/events.md`;

type Json = { json?: true };
/** What is said to people, and the same for programs. */
type Said = { words: string; json: unknown };

function setCommand(): Command {
  return verb("set", "say where a client's events go; the secret that signs them is shown once")
    .requiredOption("--url <url>", "https address that takes a POST")
    .option("--only <events>", `some of: ${CLIENT_EVENTS.join(", ")}`, eventNames)
    .addHelpText(
      "after",
      `
A changed address keeps its secret (otpost events rotate makes a new one). Without --only all events are sent.

Example:
  otpost events set cloud --url https://cloud.example.org/hook --only delivery.delivered,delivery.failed`,
    )
    .action((id: string, { url, only, json }: Json & { url: string; only?: ClientEventName[] }) =>
      said(json, (admin, { config }) => set(admin, eventGuard(config).fault(url), id, url, only)),
    );
}

async function set(
  admin: EndpointAdmin,
  fault: string | undefined,
  clientId: string,
  url: string,
  only: ClientEventName[] | undefined,
): Promise<Said> {
  if (fault !== undefined) throw new ClientFault(`--url ${fault}`);
  const secret = await admin.set(clientId, url, only);
  const once = secret === undefined ? "" : `\nSecret that signs them, shown once:\n${secret}`;
  return {
    words: `Events of ${clientId} go to ${url}. Try it: otpost events test ${clientId}${once}`,
    json: { clientId, url, ...(only ? { only } : {}), ...(secret === undefined ? {} : { secret }) },
  };
}

function showCommand(): Command {
  return new Command("show")
    .description("addresses, state and what waits, of one client or of all; no secret is shown")
    .argument("[client]", "client")
    .option("--json", "print JSON, one client a line")
    .action(async (id: string | undefined, { json }: Json) => {
      await withAdmin(async (admin) => {
        const all = id === undefined ? await admin.list() : [await admin.show(id)];
        if (all.length === 0 && !json) print("No client gets events. See: otpost events set --help");
        for (const one of all) print(json ? JSON.stringify(endpointJson(one)) : endpointWords(one));
      });
    });
}

function testCommand(): Command {
  return verb("test", "send endpoint.test now and say what came back; exits 1 if it was not taken").action(
    (id: string, { json }: Json) => said(json, (admin, session) => testEvent(admin, session.config, id)),
  );
}

function switchCommand(name: "enable" | "disable", description: string): Command {
  return verb(name, description).action((id: string, { json }: Json) =>
    said(json, async (admin) => {
      await admin[name](id);
      const words = name === "enable" ? `Events go to ${id} again.` : `${id} gets no events any more.`;
      return { words, json: { clientId: id, enabled: name === "enable" } };
    }),
  );
}

function rotateCommand(): Command {
  return verb("rotate", "make a new secret, shown once; the one before signs as well for a while")
    .option(
      "--overlap-hours <hours>",
      "how long both sign; 0 ends the other at once",
      wholeNumber(0, 720),
      24,
    )
    .action((id: string, { overlapHours, json }: Json & { overlapHours: number }) =>
      said(json, async (admin) => {
        const { secret, endsAt } = await admin.rotate(id, overlapHours * HOUR_MS);
        const until = new Date(endsAt).toISOString();
        const words = `New secret of ${id}, shown once; the one before signs until ${until}:\n${secret}`;
        return { words, json: { clientId: id, secret, previousEndsAt: until } };
      }),
    );
}

function failuresCommand(): Command {
  return verb("failures", "the newest calls that were not taken, newest first").action(
    (id: string, { json }: Json) =>
      said(json, async (admin) => {
        const failures = await admin.failures(id);
        const none = `No call to ${id} has failed lately.`;
        const words = failures.length === 0 ? none : failures.map(failureWords).join("\n");
        return { words, json: { clientId: id, failures } };
      }),
  );
}

function removeCommand(): Command {
  return verb("remove", "forget address and secrets; what waits is not sent").action(
    (id: string, { json }: Json) =>
      said(json, async (admin) => {
        await admin.remove(id);
        return { words: `${id} has no address for events any more.`, json: { clientId: id, removed: true } };
      }),
  );
}

function verb(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addArgument(new Argument("<client>", "client"))
    .option("--json", "print one line of JSON");
}

function eventNames(value: string): ClientEventName[] {
  const named = value.split(",").map((one) => one.trim());
  const known = named.filter((one): one is ClientEventName =>
    (CLIENT_EVENTS as readonly string[]).includes(one),
  );
  if (known.length === named.length) return [...new Set(known)];
  throw new InvalidArgumentError(`Use, separated by commas: ${CLIENT_EVENTS.join(", ")}.`);
}

async function said(
  json: true | undefined,
  work: (admin: EndpointAdmin, session: KeySession) => Promise<Said>,
): Promise<void> {
  const result = await withAdmin(work);
  print(json ? JSON.stringify(result.json) : result.words);
}

async function withAdmin<T>(work: (admin: EndpointAdmin, session: KeySession) => Promise<T>): Promise<T> {
  return withKeys(async (session) => {
    const { client, keys, store } = session;
    return work(createEndpointAdmin({ client, keys, vault: store, now: Date.now }), session);
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
