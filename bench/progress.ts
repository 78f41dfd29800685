/** Where a bench says how far it is. On standard error, so that the result alone is on standard output. */
export type Progress = (line: string) => void;

export const toStandardError: Progress = (line) => void process.stderr.write(`${line}\n`);
