import type { Check, Finding } from "./finding.ts";
import { hostKind, isLocalAddress } from "./local.ts";

/** What the administrator of the Nextcloud has switched off in `config.php`. */
export type Allowances = {
  /** `allow_local_remote_servers` is true: nothing is refused for being local. */
  localServers: boolean;
  /** `dns_pinning` is false: where a name leads to is not looked at. */
  noPinning: boolean;
};

const PUBLIC_NAME = "Give otpost a name in public DNS and a certificate";
const LOCAL_ALLOWED =
  "or set allow_local_remote_servers to true in config.php, which opens your network to every app of Nextcloud";
const PROXY = "If config.php names a proxy, add this host to proxyexclude.";

/** What the address alone tells. Nothing is asked for it. */
export function addressCheck(url: URL, allowances: Allowances): Check {
  return { name: "address", run: async () => addressFindings(url, allowances) };
}

/** Only what is worth a line; empty for https to a plain public name. */
export function addressConcerns(url: URL, allowances: Allowances): Finding[] {
  return addressFindings(url, allowances).filter(({ level }) => level !== "ok");
}

export function addressFindings(url: URL, allowances: Allowances): Finding[] {
  const found = [...hostFindings(hostOf(url), allowances), ...transportFindings(url), ...restFindings(url)];
  return found.length > 0
    ? found
    : [{ level: "ok", what: `${url.host} has the form of a public name, over TLS` }];
}

/** Without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

function hostFindings(host: string, { localServers }: Allowances): Finding[] {
  const level = localServers ? "note" : "fail";
  const todo = `${PUBLIC_NAME}, ${LOCAL_ALLOWED}. ${PROXY}`;
  const refused =
    "Nextcloud refuses it before it asks anybody; the server log says 'violates local access rules'.";
  const why = localServers ? `${refused} allow_local_remote_servers lets it through.` : refused;
  switch (hostKind(host)) {
    case "no dot":
      return [{ level, what: `${host} is a name without a dot, as containers have`, why, todo }];
    case "local ending":
      return [{ level, what: `${host} ends like the name of a private network`, why, todo }];
    case "address":
      return isLocalAddress(host)
        ? [{ level, what: `${host} is a private or reserved address`, why, todo }]
        : [publicAddress(host)];
    case "name":
      return [];
  }
}

function publicAddress(host: string): Finding {
  return {
    level: "warn",
    what: `${host} is an address, not a name`,
    why: "Nextcloud looks names up in DNS before it calls; an address has no entry there and may be refused.",
    todo: `${PUBLIC_NAME}.`,
  };
}

function transportFindings(url: URL): Finding[] {
  if (url.protocol === "https:") return [];
  return [
    {
      level: "warn",
      what: "the address begins with http: nothing is encrypted on the way",
      why: "Whoever can read the network between Nextcloud and otpost reads codes, numbers and the key.",
      todo: "Put a proxy with a certificate in front of otpost and set PUBLIC_URL to its https address.",
    },
  ];
}

function restFindings(url: URL): Finding[] {
  const found: Finding[] = [];
  if (url.port !== "") {
    found.push({
      level: "note",
      what: `it is reached on port ${url.port}`,
      why: "Nextcloud's server must be let out to that port; firewalls often allow 80 and 443 only.",
      todo: "Open the port for Nextcloud's server, or use 443.",
    });
  }
  if (url.pathname !== "/" && url.pathname !== "") {
    found.push({
      level: "note",
      what: `there is a path, ${url.pathname}`,
      why: "Everything below it must reach otpost without the path itself; otpost serves from the root.",
      todo: "Let the proxy cut the path off, and keep it in the addresses that Nextcloud is given.",
    });
  }
  if (url.username !== "" || url.password !== "") {
    found.push({
      level: "fail",
      what: "the address holds user information",
      why: "The key goes there, so what stands there now would be sent as the key.",
      todo: "Take it out of the address.",
    });
  }
  return found;
}
