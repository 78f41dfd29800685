/** Who may do what on the operator listener. */

/** From the fewest rights to the most: each role may do what those before it may. */
export const ROLES = ["viewer", "helpdesk", "operator", "admin"] as const;

/**
 * `viewer` reads figures, routes and the queue board; `helpdesk` finds deliveries and sends again; `operator`
 * changes routes, blocks and dead letters, unmasks numbers and runs drills; `admin` has keys, clients,
 * operators and the audit.
 */
export type Role = (typeof ROLES)[number];

export type Operator = {
  /** For people and the audit; not unique between the ways of logging in. */
  name: string;
  role: Role;
  /** `break-glass`: OPERATOR_TOKEN, which works while everything else is away. */
  via: "token" | "oidc" | "break-glass";
};

/** The name under which OPERATOR_TOKEN acts; nobody else can have it. */
export const BREAK_GLASS = "break-glass";

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

export function mayDo(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** @returns the one with the most rights; undefined of none */
export function highestRole(roles: readonly Role[]): Role | undefined {
  return ROLES.findLast((role) => roles.includes(role));
}

/** One change that somebody made. Never holds a code, a full number or a secret. */
export type AuditEntry = {
  /** Epoch ms. */
  at: number;
  /** An operator's name, or `cli:<user>` for the command line. */
  who: string;
  role: string;
  /** What was done, such as `route.stop`. */
  action: string;
  /** What it was done to; a number is masked. */
  target?: string;
  detail?: Record<string, string | number>;
};

export type NewAuditEntry = Omit<AuditEntry, "at">;

const UUID = /([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/i;
/** Ten digits and more, however they are grouped: ranges of numbers, which may be read, have nine at most. */
const WHOLE_NUMBER = /\+?\d(?:[ ()/.-]{0,2}\d){9,}/g;

/** The last line of defence: what looks like a whole number keeps its last two digits only. Ids of deliveries stay. */
export function withoutNumbers(text: string): string {
  const parts = text.split(UUID);
  return parts.map((part, i) => (i % 2 === 1 ? part : part.replaceAll(WHOLE_NUMBER, masked))).join("");
}

function masked(number: string): string {
  return `***${number.slice(-2)}`;
}
