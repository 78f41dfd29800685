import type { LedgerEntry } from "../twins/ledger-entry.ts";
import { hashOf } from "./arrivals.ts";
import type { LoadEntry } from "./load-entry.ts";
import { type Copy, contentOf, isTaken, type Taken, toCopy } from "./truth.ts";

/** One code for one number: every time it was asked for, and every copy that was sent. */
export type Case = {
  who: string;
  via: LoadEntry["via"];
  /** In order of the schedule; at least one. */
  asks: readonly [LoadEntry, ...LoadEntry[]];
  /** In order of time. */
  copies: readonly Copy[];
};

/** A code counts by its best answer: a person who was refused once and then served was served. */
export function bestAnswer({ asks }: Pick<Case, "asks">): LoadEntry["outcome"] {
  const said = asks.map(({ outcome }) => outcome);
  if (said.includes("acked")) return "acked";
  return said.includes("unknown") ? "unknown" : "refused";
}

export const isAcked = (one: Case): boolean => bestAnswer(one) === "acked";

export type Joined = {
  cases: readonly Case[];
  /** Accepts that nobody asked for, or whose every request was refused. */
  ghosts: readonly Taken[];
  /** Accepts for a number that was asked for, with a text or code that was not. */
  wrong: readonly Taken[];
};

/** Joins the load's ledger with the twins' by number and text. Pure. */
export function joinLedgers(asked: readonly LoadEntry[], taken: readonly LedgerEntry[]): Joined {
  const inOrder = asked.toSorted((a, b) => a.intendedAt - b.intendedAt || a.n - b.n);
  const asks = grouped(inOrder, ({ recipient, textHash }) => `${recipient} ${textHash}`);
  const copies = grouped(
    taken.filter(isTaken).toSorted((a, b) => a.at - b.at),
    keyOfTaken,
  );
  const known = new Set(asked.map(({ recipient }) => recipient));
  const cases: Case[] = [];
  const ghosts: Taken[] = [];
  for (const group of asks.values()) {
    const [{ who, via }] = group;
    const found = takenFor(group, copies);
    if (group.every(({ outcome }) => outcome === "refused")) ghosts.push(...found);
    cases.push({ who, via, asks: group, copies: found.map(toCopy) });
  }
  const strays = [...copies.values()].flat();
  return {
    cases,
    ghosts: [...ghosts, ...strays.filter(({ recipient }) => !known.has(digits(recipient)))],
    wrong: strays.filter(({ recipient }) => known.has(digits(recipient))),
  };
}

/** Takes them out of the map: what stays in it at the end belongs to nobody. */
function takenFor([{ recipient, textHash, codeHash }]: Group<LoadEntry>, copies: Map<string, Group<Taken>>) {
  const found = [textHash, codeHash].flatMap((hash) => {
    const key = `${recipient} ${hash}`;
    const group = copies.get(key) ?? [];
    copies.delete(key);
    return group;
  });
  return found.toSorted((a, b) => a.at - b.at);
}

const digits = (number: string) => number.replace(/^\+/, "");
const keyOfTaken = (one: Taken) => `${digits(one.recipient)} ${hashOf(contentOf(one))}`;

type Group<T> = [T, ...T[]];

function grouped<T>(list: readonly T[], keyOf: (one: T) => string): Map<string, Group<T>> {
  const groups = new Map<string, Group<T>>();
  for (const one of list) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}
