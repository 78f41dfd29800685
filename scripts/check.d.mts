export type Step = [name: string, ...args: string[]];
export function checkSteps(exists?: (path: string) => boolean, withTests?: boolean): Step[];
export function check(steps?: Step[], print?: (text: string) => void): Promise<number>;
export function vitest(...projects: string[]): string[];
