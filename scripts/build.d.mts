/** Builds dist/ when a source is newer than it. @throws when tsc fails, with its output. */
export function ensureBuild(root?: string): Promise<void>;
export function isStale(changedAt: number, stampAt: number | undefined): boolean;
