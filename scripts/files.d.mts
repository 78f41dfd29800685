export const ROOT: string;
export function newestChangeAt(path: string): number;
