import { highestRole, type Role } from "../core/operator.ts";
import { operatorTextFault } from "../core/operator-text.ts";

/** What an identity provider says of a person, as far as it matters here. */

export type RoleRules = {
  /** The claim that lists groups; dots lead into objects: `realm_access.roles`. */
  roleClaim: string;
  /** Group, then the role that its members have. */
  roles: ReadonlyMap<string, Role>;
};

type Claims = Readonly<Record<string, unknown>>;

/** Shown, logged and sent on, so it has to be one line without a telephone number. */
const NAME_MAX = 60;

/** @returns the highest role of all groups; undefined where no group has one */
export function roleIn(claims: object, { roleClaim, roles }: RoleRules): Role | undefined {
  const groups = groupsIn(claims as Claims, roleClaim);
  return highestRole(groups.flatMap((group) => roles.get(group) ?? []));
}

/** Whole name first: providers write claims as `https://example.org/groups`, dots and all. */
function groupsIn(claims: Claims, name: string): string[] {
  const value = claims[name] ?? name.split(".").reduce(inner, claims as unknown);
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function inner(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Claims)[name] : undefined;
}

/** The first name that may be shown; the provider's own id as the last one. */
export function nameIn(claims: Claims): string {
  const names = ["preferred_username", "email", "name", "sub"].map((claim) => claims[claim]);
  const usable = names.find(
    (one) => typeof one === "string" && operatorTextFault(one, NAME_MAX) === undefined,
  );
  return typeof usable === "string" ? usable : "unnamed";
}
