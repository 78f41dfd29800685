import { z } from "zod";
import type { Refusals } from "../flows/limit-ports.ts";
import { json } from "./answer.ts";
import { recipientOf, TO_RULE, toSchema } from "./delivery-request.ts";
import { readJson } from "./json-body.ts";
import { callerOf, type DeliveryDeps } from "./own-delivery.ts";
import { parseRequest } from "./parse-request.ts";
import type { Route } from "./route.ts";

export type RefusalsDeps = DeliveryDeps & { refusals: Pick<Refusals, "recall"> };

/** The body of POST /v1/refusals. */
export const refusalsRequestSchema = z
  .strictObject({ to: toSchema })
  .meta({ description: "Whose refusals are asked for." });

/** What this client was refused for one number. A question by POST, for a URL with a number in it is kept by proxies. */
export function postRefusals(deps: RefusalsDeps): Route["handle"] {
  return async (c, trace) => {
    const { client, budget } = await callerOf(deps, c, trace);
    const { to } = parseRequest(refusalsRequestSchema, { to: TO_RULE }, await readJson(c.req.raw));
    const found = await budget.spend(deps.refusals.recall(recipientOf(to, client), client.id));
    const refusals = found.map(({ at, reason, door }) => ({
      at: new Date(at).toISOString(),
      code: reason,
      ...(door === undefined ? {} : { frontEnd: door }),
    }));
    return json(200, { refusals });
  };
}
