import type { Role } from "../../core/operator.ts";
import type { shellTexts } from "./texts/shell.ts";

/** A page that stands in the navigation. */
export type PageName = (typeof NAVIGATION)[number]["page"];

type Entry = { page: keyof (typeof shellTexts)["en"]; path: string; role: Role };

/**
 * The pages in the order in which they are shown, each to those who may open it. The role is the one of its row in
 * the route table; a test compares them. The name is its word in texts/shell.ts.
 */
export const NAVIGATION = [
  { page: "overview", path: "/", role: "viewer" },
  { page: "queues", path: "/queues", role: "viewer" },
  { page: "operators", path: "/operators", role: "admin" },
  { page: "audit", path: "/audit", role: "admin" },
] as const satisfies readonly Entry[];
