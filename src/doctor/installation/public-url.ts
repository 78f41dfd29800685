import { isIP } from "node:net";
import { hostOf } from "../address.ts";
import { type Ask, createAsk, type Failure, type Place, type Reply } from "../dial.ts";
import type { Check, Finding } from "../finding.ts";
import { tlsCheck } from "../tls.ts";
import { isAlive } from "./listeners.ts";
import type { World } from "./world.ts";

export type PublicDeps = Pick<World, "dns" | "extraCas" | "now" | "reach"> & {
  url: string;
  /** Reports that mean nothing, to the right address of their provider: they have to be taken. */
  trials: readonly Trial[];
};

type Trial = { provider: string; url: string; headers: Record<string, string>; body: string };

/** PUBLIC_URL as somebody outside would call it, as far as that can be seen from here. */
export function publicUrlChecks(deps: PublicDeps): Check[] {
  const url = new URL(deps.url);
  let found: Promise<Place | undefined> | undefined;
  const place = () => (found ??= placeOf(url, deps));
  return [
    { name: "public-url", run: async () => [await reached(url, await place())] },
    // Its name tells that it is this address's, not Nextcloud's.
    { ...tlsCheck({ ...deps, url, place }), name: "public-tls" },
    {
      name: "public-reports",
      run: async () => asked(url, await place(), (ask) => reportFindings(url, ask, deps)),
    },
  ];
}

async function placeOf(url: URL, { dns, reach }: PublicDeps): Promise<Place | undefined> {
  const host = hostOf(url);
  const addresses = isIP(host) === 0 ? await addressesOf(host, dns) : [host];
  const address = addresses.find((one) => isIP(one) === 4) ?? addresses[0];
  if (address === undefined) return undefined;
  const place = { host: address, port: Number(url.port || (url.protocol === "https:" ? 443 : 80)) };
  return reach ? reach(place) : place;
}

/** This machine's way first; a name that only DNS knows is asked for there. */
async function addressesOf(host: string, dns: World["dns"]): Promise<string[]> {
  const system = await dns.system(host);
  return system.length > 0 ? system : dns.a(host).catch(() => []);
}

async function asked<T>(url: URL, place: Place | undefined, work: (ask: Ask) => Promise<T[]>): Promise<T[]> {
  if (!place) return [];
  const { ask, close } = createAsk(url, place);
  try {
    return await work(ask);
  } finally {
    close();
  }
}

async function reached(url: URL, place: Place | undefined): Promise<Finding> {
  if (!place) return nowhere(url);
  const [reply] = await asked(url, place, async (ask) => [await ask({ method: "GET", path: "/livez" })]);
  if (reply && !("failed" in reply) && isAlive(reply)) {
    return { level: "ok", what: `otpost answers at ${url.host}` };
  }
  return dead(url, reply);
}

function nowhere({ hostname }: URL): Finding {
  return {
    level: "fail",
    what: `${hostname} leads nowhere`,
    why: "Neither clients nor providers find otpost by PUBLIC_URL.",
    todo: "Add an A or AAAA record for it, or set PUBLIC_URL to the name that there is.",
  };
}

function dead({ host }: URL, reply: Reply | Failure | undefined): Finding {
  const said =
    reply === undefined || "failed" in reply ? (reply?.failed ?? "no answer") : String(reply.status);
  return {
    level: "fail",
    what: `otpost does not answer at ${host} (${said})`,
    why: "Reports of providers are lost, and clients get no answer there. From here, at least: some networks do not let a machine call its own public address.",
    todo: `Let the proxy hand ${host} on to PORT, and see that otpost runs. Try: curl -i https://${host}/livez`,
  };
}

async function reportFindings(url: URL, ask: Ask, { trials }: PublicDeps): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const trial of trials) {
    const prefix = url.pathname.replace(/\/+$/, "");
    const path = new URL(trial.url).pathname.slice(prefix.length);
    const wrong = await ask({ method: "GET", path: path.replace(/[^/]*$/, "no-token-of-ours") });
    // Somebody else's page: what it says of the right address means nothing.
    if ("failed" in wrong || wrong.status !== 404 || !wrong.body.includes("not_found")) {
      found.push(...strange(trial.provider, wrong));
      continue;
    }
    const { headers, body } = trial;
    found.push(judged(trial.provider, await ask({ method: "POST", path, headers, body })));
  }
  return found;
}

function strange(provider: string, reply: Reply | Failure): Finding[] {
  // That nothing answers has been told by the check before.
  if ("failed" in reply || reply.status >= 500) return [];
  return [
    {
      level: "fail",
      what: `a report address of ${provider} with a wrong token answers ${reply.status}, and not in the words of otpost`,
      why: "Something else answers there, so reports do not reach otpost. A provider takes 2xx and 3xx for delivered.",
      todo: "Let the proxy hand /reports/ on to otpost, without a login and without a redirect.",
    },
  ];
}

function judged(provider: string, reply: Reply | Failure): Finding {
  if ("failed" in reply)
    return refused(provider, reply.failed, "See that the proxy lets POST to /reports/ through.");
  switch (reply.status) {
    case 200:
      return { level: "ok", what: `a report of ${provider} is taken, one with a wrong token is not` };
    case 404:
      return refused(
        provider,
        "404",
        "What runs there has another master key or another set of providers than this command: give both the same settings, then otpost doctor --repair.",
      );
    case 503:
      return refused(
        provider,
        "503",
        "What runs there checks another signing key, or sees another address than PUBLIC_URL: give both the same settings.",
      );
    default:
      return refused(
        provider,
        String(reply.status),
        "See that the proxy hands body and headers on as they are.",
      );
  }
}

function refused(provider: string, said: string, todo: string): Finding {
  return {
    level: "fail",
    what: `a good report of ${provider} is not taken (${said})`,
    why: "No code is ever seen as delivered, so each is sent again by the next route.",
    todo,
  };
}
