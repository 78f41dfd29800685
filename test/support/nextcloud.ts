import { call, FORM_BODY, JSON_BODY, parse, phpForm, phpJson, phpPath, phpQuery } from "./guzzle.ts";
import type { WireAnswer } from "./wire.ts";

/**
 * The drivers of Nextcloud's twofactor_gateway as they behave on the wire: which bytes each version sends, and
 * what each one takes for a success. `crashed` is Nextcloud's own HTTP 500 page, where a refusal should have been.
 */

export type Verdict = "sent" | "refused" | "crashed";

/** What the administrator of a Nextcloud has typed in. */
export type Target = { port: number; clientId: string; secret: string };

export type Driver = {
  name: string;
  door: string;
  send: (target: Target, to: string, text: string) => Promise<Verdict>;
};

/** Most drivers: Guzzle throws from 400 on, nothing else is looked at. */
const byStatus = ({ status }: WireAnswer): Verdict => (status < 400 ? "sent" : "refused");

const playsms = (path: string): Driver => ({
  name: `playSMS, 0.20 to main, at ${path}`,
  door: "playsms",
  send: async ({ port, clientId, secret }, to, text) => {
    const query = phpQuery({ app: "ws", u: clientId, h: secret, op: "pv", to, msg: text });
    return byStatus(await call(port, { method: "GET", path: `${path}?${query}` }));
  },
});

type SignalVersion = {
  name: string;
  probes: boolean;
  recipients: (to: string) => unknown;
  account: Record<string, string>;
  /** Versions that turn an error status into an error page of their own kind rather than Nextcloud's 500. */
  catches: boolean;
};

const SIGNAL: SignalVersion[] = [
  { name: "0.20", probes: false, recipients: (to) => to, account: {}, catches: false },
  {
    name: "1.0 to 2.3 and 3.1",
    probes: true,
    recipients: (to) => to,
    account: { account: "+4930000000" },
    catches: false,
  },
  {
    name: "2.4 and 3.2 to main",
    probes: true,
    recipients: (to) => [to],
    account: { number: "+4930000000" },
    catches: true,
  },
];

type AskSignal = (method: "GET" | "POST", path: string, json?: unknown) => Promise<WireAnswer>;

const signal = (version: SignalVersion, place: "path" | "user information"): Driver => ({
  name: `Signal, ${version.name}, key in the ${place}`,
  door: "signal",
  send: async ({ port, clientId, secret }, to, text) => {
    const at =
      place === "path"
        ? { base: `/compat/key/${clientId}.${secret}/signal` }
        : { base: "/compat/signal/", userInfo: `${clientId}:${secret}` };
    const { base, ...who } = at;
    const ask: AskSignal = (method, path, json) => {
      const body = json === undefined ? {} : { headers: JSON_BODY, body: phpJson(json) };
      return call(port, { method, path: base + path, ...who, ...body });
    };
    const about = await probed(ask, version);
    const failed = version.catches ? "refused" : "crashed";
    if (about.status >= 400) return failed;
    const answer = await sentBy(ask, version, about, to, text);
    if (answer.status >= 400) return failed;
    return answer.status === 201 && parse(answer.body)["timestamp"] !== undefined ? "sent" : "refused";
  },
});

async function probed(ask: AskSignal, { probes }: SignalVersion): Promise<WireAnswer> {
  if (probes) {
    const rpc = await ask("POST", "/api/v1/rpc", { jsonrpc: "2.0", method: "version", id: "version_1" });
    if (rpc.status === 200 || rpc.status === 201) throw new Error("JSON-RPC is not what is offered");
  }
  return ask("GET", "/v1/about");
}

function sentBy(ask: AskSignal, version: SignalVersion, about: WireAnswer, to: string, message: string) {
  const { versions } = parse(about.body);
  const hasV2 = version.probes && Array.isArray(versions) && versions.includes("v2");
  if (!hasV2) return ask("POST", `/v1/send/${phpPath(to)}`, { message });
  return ask("POST", "/v2/send", { recipients: version.recipients(to), message, ...version.account });
}

/** PHP's htmlspecialchars with ENT_XML1 alone, which leaves quotation marks. */
const forXml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const huawei: Driver = {
  name: "Huawei, 0.20 to main",
  door: "huawei",
  send: async ({ port, clientId, secret }, to, text) => {
    const api = `/compat/key/${clientId}.${secret}/huawei`;
    const session = await call(port, { method: "GET", path: `${api}/webserver/SesTokInfo` });
    const read = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(session.body)?.[1];
    const [cookie, token] = [read("SesInfo"), read("TokInfo")];
    if (session.status >= 400 || cookie === undefined || token === undefined) return "refused";
    const phones = `<Phones><Phone>${to}</Phone></Phones><Sca/>`;
    const rest = "<Length>-1</Length><Reserved>1</Reserved><Date>2026-01-05 10:00:00</Date>";
    const answer = await call(port, {
      method: "POST",
      path: `${api}/sms/send-sms`,
      headers: {
        Cookie: cookie,
        "X-Requested-With": "XMLHttpRequest",
        __RequestVerificationToken: token,
        "Content-Type": "text/xml",
      },
      body: `<request><Index>-1</Index>${phones}<Content>${forXml(text)}</Content>${rest}</request>`,
    });
    const root = /^(?:<\?xml[^>]*\?>)?<(\w+)>([^<]*)<\/\1>$/.exec(answer.body);
    return answer.status < 400 && root?.[2] === "OK" ? "sent" : "refused";
  },
};

const oldSeven = (base: string): Driver => ({
  name: `seven, up to 2.4 and 3.2, at ${base}/api/sms`,
  door: "seven",
  send: async ({ port, clientId, secret }, to, text) => {
    const query = phpQuery({ p: `${clientId}.${secret}`, to, text, sendWith: "nextcloud" });
    return byStatus(await call(port, { method: "GET", path: `${base}/api/sms?${query}` }));
  },
});

const newSeven: Driver = {
  name: "seven, from 2.5 and 3.3",
  door: "seven",
  send: async ({ port, clientId, secret }, to, text) => {
    const answer = await call(port, {
      method: "POST",
      path: "/api/sms",
      headers: { "X-Api-Key": `${clientId}.${secret}`, Accept: "application/json", ...FORM_BODY },
      body: phpForm({ to, text, sendWith: "nextcloud" }),
    });
    if (answer.status >= 400) return "refused";
    const { success, messages } = parse(answer.body);
    if (success === undefined) return answer.body.split("\n")[0] === "100" ? "sent" : "refused";
    const failed = ((messages ?? []) as { success?: unknown }[]).some((m) => m.success === false);
    return (success === "100" || success === 100) && !failed ? "sent" : "refused";
  },
};

const genericGet: Driver = {
  name: "a generic GET with the key as parameter",
  door: "sms",
  send: async ({ port, clientId, secret }, to, text) => {
    const query = phpQuery({ to, text, key: `${clientId}.${secret}` });
    return byStatus(await call(port, { method: "GET", path: `/compat/sms?${query}` }));
  },
};

const genericPost: Driver = {
  name: "a generic POST of JSON with a Bearer token",
  door: "sms",
  send: async ({ port, clientId, secret }, to, text) => {
    const headers = { Authorization: `Bearer ${clientId}.${secret}`, ...JSON_BODY };
    const body = phpJson({ to, text });
    return byStatus(await call(port, { method: "POST", path: "/compat/sms/", headers, body }));
  },
};

export const DRIVERS: readonly Driver[] = [
  playsms("/compat/playsms"),
  playsms("//compat/playsms//index.php"),
  ...SIGNAL.map((version) => signal(version, "path")),
  ...SIGNAL.map((version) => signal(version, "user information")),
  huawei,
  oldSeven("/compat/seven"),
  newSeven,
  genericGet,
  genericPost,
];
