import { ensureBuild } from "../../scripts/build.mjs";

/** Brings dist/ up to date before tests that run the built program. */
export async function setup(): Promise<void> {
  await ensureBuild();
}
