import type { Ask, Failure, Question, Reply } from "./dial.ts";
import type { Check, Finding } from "./finding.ts";

/** The promise for an answer, whatever Redis does. */
const ANSWER_PROMISE_MS = 1_200;

type Door = { name: string; question: Question; isOwnRefusal: (reply: Reply) => boolean };

/** A number of no country (Source: ITU-T E.164) and no key: nothing can be sent by this. */
const NOBODY = "%2B99900000000";
const TEXT = "otpost+doctor";
const JSON_BODY = { "content-type": "application/json" };

/**
 * Each front end as its driver would call it, with a key that nobody has. More than five wrong keys are slowed
 * down, by an answer that has the same shape.
 */
export const DOORS: readonly Door[] = [
  {
    name: "playsms",
    question: {
      method: "GET",
      path: `/compat/playsms?app=ws&u=doctor&h=doctor&op=pv&to=${NOBODY}&msg=${TEXT}`,
    },
    isOwnRefusal: (reply) => isRefused(reply) && member(reply, "status") === "ERR",
  },
  {
    name: "signal",
    question: {
      method: "POST",
      path: "/compat/signal/v2/send",
      headers: JSON_BODY,
      body: JSON.stringify({ recipients: ["+99900000000"], message: "otpost doctor" }),
    },
    // The one front end that says no with 200.
    isOwnRefusal: (reply) => reply.status === 200 && typeof member(reply, "error") === "string",
  },
  {
    name: "huawei",
    question: {
      method: "POST",
      path: "/compat/huawei/sms/send-sms",
      headers: { "content-type": "text/xml" },
      body: "<request><Phones><Phone>+99900000000</Phone></Phones><Content>otpost doctor</Content></request>",
    },
    isOwnRefusal: (reply) => isRefused(reply) && reply.body.includes("<error><code>100003</code>"),
  },
  {
    name: "seven",
    question: { method: "GET", path: `/compat/seven/api/sms?to=${NOBODY}&text=${TEXT}&p=doctor.doctor` },
    isOwnRefusal: (reply) => isRefused(reply) && reply.body.trim() === "900",
  },
  {
    name: "sms",
    question: { method: "GET", path: `/compat/sms?to=${NOBODY}&text=${TEXT}&key=doctor.doctor` },
    isOwnRefusal: (reply) =>
      isRefused(reply) && ["unauthorized", "too_many_failures"].includes(String(member(reply, "code"))),
  },
];

function isRefused({ status }: Reply): boolean {
  return status === 401 || status === 429;
}

function member({ body }: Reply, name: string): unknown {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null
      ? Object.entries(value).find(([n]) => n === name)?.[1]
      : undefined;
  } catch {
    return undefined;
  }
}

/** @param only names of front ends, or none for all of them */
export function doorsCheck(ask: () => Promise<Ask | undefined>, only: readonly string[]): Check {
  return {
    name: "front ends",
    run: async () => {
      const asking = await ask();
      if (!asking) return [];
      const replies: [Door, Reply | Failure][] = [];
      for (const door of DOORS) {
        if (only.length === 0 || only.includes(door.name)) replies.push([door, await asking(door.question)]);
      }
      const failures = new Set(replies.map(([, reply]) => ("failed" in reply ? reply.failed : "")));
      const [failure = ""] = failures;
      if (failures.size === 1 && failure !== "") return [silent("otpost", failure)];
      return replies.map(([door, reply]) => judged(door, reply));
    },
  };
}

function judged({ name, isOwnRefusal }: Door, reply: Reply | Failure): Finding {
  if ("failed" in reply) return silent(name, reply.failed);
  if (!isOwnRefusal(reply)) return foreign(name, reply);
  if (reply.tookMs > ANSWER_PROMISE_MS) return slow(name, reply.tookMs);
  return { level: "ok", what: `${name} asks for a key, in ${reply.tookMs} ms` };
}

function silent(name: string, reason: string): Finding {
  return {
    level: "fail",
    what: `${name} did not answer (${reason})`,
    why: "Every login waits for that answer, up to 30 s, and then shows an error without a field for the code.",
    todo: "See that otpost runs (GET /readyz) and that the proxy and the firewalls let Nextcloud's server through.",
  };
}

function foreign(name: string, { status }: Reply): Finding {
  return {
    level: "fail",
    what: `${name} answered ${status}, and not in the words of otpost`,
    why: "Something else answers there: a proxy, a login page, another site. Its 200 would even count as sent.",
    todo: `Let the proxy hand everything below /compat/${name} to otpost, without a login of its own; or name the front end that is in use by --driver.`,
  };
}

function slow(name: string, tookMs: number): Finding {
  return {
    level: "warn",
    what: `${name} took ${tookMs} ms`,
    why: "While Nextcloud waits, a worker of PHP and the person's session are held.",
    todo: "otpost itself answers within 1.2 s: look at the proxy and at the way between.",
  };
}
