import type { Ask, Question, Reply } from "./dial.ts";
import type { Check, Finding } from "./finding.ts";

/** Both need no key, so that asking costs nobody a try. */
export const KEYLESS: readonly Question[] = [
  { method: "GET", path: "/compat/huawei/webserver/SesTokInfo" },
  {
    method: "POST",
    path: "/compat/signal/api/v1/rpc",
    headers: { "content-type": "application/json" },
    body: "{}",
  },
];

export function redirectCheck(ask: () => Promise<Ask | undefined>): Check {
  return {
    name: "redirects",
    run: async () => {
      const asking = await ask();
      if (!asking) return [];
      const replies = await Promise.all(KEYLESS.map(asking));
      const found = replies.flatMap((reply) => ("failed" in reply ? [] : redirectFinding(reply)));
      const [first] = found;
      if (first) return [first];
      return replies.some((reply) => "failed" in reply)
        ? []
        : [{ level: "ok", what: "nothing is redirected" }];
    },
  };
}

export function isRedirect({ status }: Reply): boolean {
  return status >= 300 && status < 400;
}

function redirectFinding(reply: Reply): Finding[] {
  if (!isRedirect(reply)) return [];
  const to = whereTo(reply.headers.location);
  return [
    {
      level: "fail",
      what: `it is redirected (${reply.status}) to ${to}`,
      why: "A redirected POST becomes a GET without its body, and a redirected GET takes the key along to the other place.",
      todo: `Configure the address that it leads to, ${to}, or end the redirect.`,
    },
  ];
}

/** Without query or user information, for these may hold what was sent. */
function whereTo(location: string | undefined): string {
  if (location === undefined || !URL.canParse(location)) return location?.split("?")[0] ?? "nowhere";
  const { protocol, host, pathname } = new URL(location);
  return `${protocol}//${host}${pathname}`;
}
