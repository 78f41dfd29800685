import { z } from "zod";
import type { Caller } from "./call.ts";
import type { ReportHook, ReportHooks } from "./provider.ts";
import { parseJson } from "./said.ts";

export type HeaderWriter = (
  method: "GET" | "POST" | "DELETE",
  path: string,
  body: string,
) => Record<string, string>;

const PATH = "/api/hooks";
/** Delivery reports of SMS, and everything. Source: docs.seven.io, webhooks. */
const EVENTS = ["dlr", "all"];

const hookSchema = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  target_url: z.string(),
  event_type: z.string(),
  enabled: z.boolean().nullish(),
});
/** The documentation and the clients show `hooks`, seven's OpenAPI file `data`. */
const listSchema = z.object({ hooks: z.array(hookSchema).optional(), data: z.array(hookSchema).optional() });
const doneSchema = z.object({ success: z.literal(true) });

/** The account's webhooks: one serves all messages, for a send names none. Source: docs.seven.io, webhooks. */
export function createSevenHooks({ call }: Pick<Caller, "call">, headersFor: HeaderWriter): ReportHooks {
  const asked = async (
    method: "GET" | "POST" | "DELETE",
    path: string,
    signal: AbortSignal,
    body?: string,
  ): Promise<unknown> => {
    const headers = headersFor(method, path, body ?? "");
    const result = await call({ method, path, headers, ...(body === undefined ? {} : { body }) }, signal);
    return result.kind === "answer" && result.status === 200 ? parseJson(result.body) : undefined;
  };
  return {
    list: async (signal) => {
      const read = listSchema.safeParse(await asked("GET", PATH, signal));
      const rows = read.data?.hooks ?? read.data?.data;
      return rows?.map(hookOf);
    },
    add: async (url, signal) => {
      const body = JSON.stringify({ target_url: url, event_type: "dlr", request_method: "JSON" });
      return doneSchema.safeParse(await asked("POST", PATH, signal, body)).success;
    },
    remove: async (id, signal) => {
      const path = `${PATH}?${new URLSearchParams({ id }).toString()}`;
      return doneSchema.safeParse(await asked("DELETE", path, signal)).success;
    },
  };
}

function hookOf({ id, target_url, event_type, enabled }: z.output<typeof hookSchema>): ReportHook {
  return { id, url: target_url, takesReports: EVENTS.includes(event_type), enabled: enabled ?? true };
}
