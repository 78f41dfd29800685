import type { Delivery } from "../core/delivery.ts";
import { readNumber } from "../core/find-number.ts";
import type { Msisdn, PhoneFault } from "../core/phone.ts";
import type { Finder, Silence } from "./find-port.ts";
import type { RefusedRequest, Refusals } from "./limit-ports.ts";

/** A search as an operator types it. */
export type FindQuery = {
  by: "number" | "id" | "reference" | "message";
  text: string;
  /** Only this client's. */
  clientId?: string | undefined;
  /** How a national number is read; the regions of the clients where it is absent. */
  region?: string | undefined;
};

export type FindResult =
  | { kind: "found"; deliveries: Delivery[]; more: boolean; refusals: RefusedRequest[] }
  /** The number can be read in several ways: the searcher has to name a region. */
  | { kind: "several"; readings: { region: string; masked: string }[] }
  | { kind: "unreadable"; fault: PhoneFault }
  | { kind: "nothing"; silence: Silence; refusals: RefusedRequest[] };

export type FindDeps = {
  finder: Finder;
  refusals: Pick<Refusals, "recall">;
  clients: () => Promise<{ id: string; region?: string | undefined }[]>;
};

/** Looks for what a help desk was told. Nothing found is answered with what is known instead. @throws StoreUnavailable */
export async function find(deps: FindDeps, query: FindQuery): Promise<FindResult> {
  const { finder } = deps;
  const { by, text, clientId } = query;
  switch (by) {
    case "number":
      return byNumber(deps, query);
    case "id":
      return answer(deps, query, ofClient(clientId, [await finder.byId(text)]));
    case "reference": {
      const { deliveries, more } = await finder.byReference(text, clientId);
      return answer(deps, query, deliveries, more);
    }
    case "message":
      return answer(deps, query, ofClient(clientId, (await finder.byMessage(text)).deliveries));
  }
}

async function byNumber(deps: FindDeps, query: FindQuery): Promise<FindResult> {
  const { clientId, region, text } = query;
  const clients = await deps.clients();
  const asked = clients.filter(({ id }) => clientId === undefined || id === clientId);
  const regions = region === undefined ? asked.flatMap((client) => client.region ?? []) : [region];
  const read = readNumber(text, regions);
  if (read.kind === "several") return read;
  if (read.kind === "none") return { kind: "unreadable", fault: read.fault };
  const [found, refusals] = await Promise.all([
    deps.finder.byNumber(read.number, clientId),
    deps.refusals.recall(read.number, clientId),
  ]);
  return answer(deps, query, found.deliveries, found.more, { number: read.number, refusals });
}

async function answer(
  { finder }: FindDeps,
  { clientId }: FindQuery,
  deliveries: Delivery[],
  more = false,
  known: { number?: Msisdn; refusals: RefusedRequest[] } = { refusals: [] },
): Promise<FindResult> {
  const { number, refusals } = known;
  if (deliveries.length > 0) return { kind: "found", deliveries, more, refusals };
  return { kind: "nothing", silence: await finder.silence(number, clientId), refusals };
}

function ofClient(clientId: string | undefined, found: readonly (Delivery | undefined)[]): Delivery[] {
  return found.flatMap((d) => (d && (clientId === undefined || d.clientId === clientId) ? [d] : []));
}
