import type { Rules } from "../core/rules.ts";
import type { Fault } from "./check.ts";
import type { PolicyFile } from "./schema.ts";

/** What a policy may say and its author has probably not meant. */
export function policyWarnings(file: PolicyFile, rules: Rules): Fault[] {
  return [...sharedAccounts(file, rules), ...unreachable(file, rules)];
}

/** The rate belongs to the account: with several figures the lanes disagree about it. */
function sharedAccounts(file: PolicyFile, { routes }: Rules): Fault[] {
  return Object.entries(file.routes).flatMap(([id, { account }]) => {
    const mine = routes.get(id);
    const others = [...routes.values()].filter((o) => o.id !== id && o.account === mine?.account);
    const [other] = others;
    if (account === undefined || other === undefined) return [];
    const rate = others.some((o) => o.perSecond !== mine?.perSecond)
      ? "their rates differ, and each is kept as if it were the whole account's"
      : "they share its rate and its faults";
    return [{ path: ["routes", id, "account"], says: `is also the account of ${other.id}: ${rate}` }];
  });
}

/** Where every route asks for consent, most people are refused. */
function unreachable(file: PolicyFile, { routes }: Rules): Fault[] {
  const lists = [
    { path: ["default"], routes: file.default ?? [] },
    ...file.plans.map((plan, index) => ({ path: ["plans", index, "routes"], routes: plan.routes })),
  ];
  return lists.flatMap(({ path, routes: ids }) =>
    ids.length > 0 && ids.every((id) => routes.get(id)?.needsConsent === true)
      ? [{ path, says: "holds only routes that need consent: who has not agreed gets no code" }]
      : [],
  );
}

/** Clients are added while it runs, so one that is not there yet is no fault. */
export function unknownClients(file: PolicyFile, known: readonly string[]): Fault[] {
  const named: Fault[] = [
    ...file.plans.flatMap(({ client }, index) =>
      client === undefined ? [] : [{ path: ["plans", index, "client"], says: client }],
    ),
    ...Object.keys(file.clients).map((id): Fault => ({ path: ["clients", id], of: "key", says: id })),
  ];
  return named
    .filter(({ says }) => !known.includes(says))
    .map((one) => ({
      ...one,
      says: `there is no client ${one.says.slice(0, 40)} yet; see otpost clients list`,
    }));
}
