import { createHash } from "node:crypto";
import type { z } from "zod";
import { orderUnder, rulesUnder } from "./apply.ts";
import { type Fault, policyFaults } from "./check.ts";
import { type Path, readSource, type Source } from "./document.ts";
import { fieldsAt } from "./fields.ts";
import type { Ground, Policy } from "./ground.ts";
import { type PolicyFile, policyFileSchema } from "./schema.ts";
import { suggestion } from "./suggest.ts";
import { policyWarnings, unknownClients } from "./warn.ts";

export type ReadPolicy = { policy: Policy; file: PolicyFile } | { faults: string[] };

/** A file of another kind has a fault in every field; nobody reads more than these. */
const FAULTS_MAX = 30;

/** @param clients ids that exist, where they could be asked */
export type ReadOptions = { path: string; ground: Ground; clients?: readonly string[] | undefined };

/** Reads a policy. A fault is one sentence: file:line:column, path in the file, what is wrong. */
export function readPolicy(text: string, { path: name, ground, clients }: ReadOptions): ReadPolicy {
  const source = readSource(text);
  if ("fault" in source) return { faults: [`${name}:${source.fault}`] };
  const tell = (fault: Fault) => sentence(name, source, fault);
  // An empty file says nothing, which is allowed: all comes from the environment.
  const shape = policyFileSchema.safeParse(source.value ?? {});
  if (!shape.success) return { faults: shape.error.issues.flatMap(ofIssue).slice(0, FAULTS_MAX).map(tell) };
  const faults = policyFaults(shape.data, ground);
  if (faults.length > 0) return { faults: faults.slice(0, FAULTS_MAX).map(tell) };
  const rules = rulesUnder(shape.data, ground);
  const warnings = [
    ...policyWarnings(shape.data, rules),
    ...(clients ? unknownClients(shape.data, clients) : []),
  ].map(tell);
  const order = orderUnder(shape.data, rules, ground.order);
  return { policy: { rules, order, hash: hashOf(text), path: name, warnings }, file: shape.data };
}

export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function sentence(name: string, { placeOf }: Source, { path, of = "value", says }: Fault): string {
  return `${name}:${placeOf(path, of)} ${path.length === 0 ? "" : `${path.map(String).join("/")} `}${says}`;
}

/** Values are never part of a sentence: somebody may have put a secret in the wrong place. */
function ofIssue(issue: z.core.$ZodIssue): Fault[] {
  const path: Path = issue.path;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], of: "key", says: unknownField(key, path) }));
  }
  if (issue.code === "invalid_key") {
    return [{ path, of: "key", says: issue.issues[0]?.message ?? "is no name that may stand here" }];
  }
  return [{ path, says: issue.code === "invalid_type" ? typeWords(issue) : issue.message }];
}

const KINDS: Record<string, string> = { object: "a mapping of names to values", array: "a list" };

function typeWords({ expected, message, input }: z.core.$ZodIssueInvalidType): string {
  if (!message.startsWith("Invalid input")) return message;
  const isMissing = input === undefined && message.endsWith("undefined");
  return isMissing ? "is missing" : `must be ${KINDS[expected] ?? `a ${expected}`}`;
}

/** Names of settings, and what looks like a secret, belong to the environment. */
function unknownField(key: string, path: Path): string {
  if (/^[A-Z][A-Z0-9_]+$/.test(key) || /key|token|secret|password/i.test(key)) {
    return "may not stand here: keys and settings of the environment stay there";
  }
  const meant = suggestion(key, fieldsAt(path));
  return meant === undefined ? "is no field" : `is no field; did you mean ${meant}?`;
}
