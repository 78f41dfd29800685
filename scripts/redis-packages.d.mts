export interface InstallPlan {
  manager: string;
  steps: string[][];
  instead?: string[][];
  shown: string[];
  needsRoot: boolean;
}
export function installPlan(has: (command: string) => boolean): InstallPlan | undefined;
export function commandToType(plan: InstallPlan, root: boolean): string;
export function consent(situation: {
  plan: InstallPlan;
  root: boolean;
  terminal: boolean;
}): "install" | "ask" | "print";
