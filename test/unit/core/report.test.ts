import { expect, test } from "vitest";
import { isAccountFault, type RefusalReason } from "../../../src/core/outcome.ts";
import { type ReportStatus, supersedes } from "../../../src/core/report.ts";

const RISING: ReportStatus[] = ["unknown", "accepted", "transmitted", "buffered", "undelivered", "delivered"];

test("a report supersedes exactly those that tell less", () => {
  for (const [high, next] of RISING.entries()) {
    expect(supersedes(next, undefined)).toBe(true);
    expect(RISING.filter((seen) => supersedes(next, seen))).toEqual(RISING.slice(0, high));
  }
});

test("credit, key and rights are the account's fault, nothing else is", () => {
  const reasons: RefusalReason[] = [
    "recipient_invalid",
    "recipient_unreachable",
    "recipient_limit",
    "already_sent",
    "sender_invalid",
    "content_invalid",
    "account_credit",
    "account_auth",
    "account_rights",
    "unknown",
  ];
  expect(reasons.filter(isAccountFault)).toEqual(["account_credit", "account_auth", "account_rights"]);
});
