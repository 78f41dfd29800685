export function ensurePackages(root?: string): Promise<void>;
export function installReason(
  lockfileAt: number | undefined,
  installedAt: number | undefined,
): string | undefined;
export function npmCi(npmExecPath: string | undefined): string[];
