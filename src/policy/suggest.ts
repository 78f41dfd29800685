/** The name that somebody probably meant. */

/** More wrong letters than this, and it is another word. */
const WRONG_MAX = 3;

export function suggestion(written: string, known: readonly string[]): string | undefined {
  const near = known
    .map((name) => ({ name, wrong: distance(written.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, wrong }) => wrong <= Math.min(WRONG_MAX, Math.floor(name.length / 2)))
    .toSorted((a, b) => a.wrong - b.wrong);
  return near[0]?.name;
}

/** Letters to add, drop or replace (Levenshtein), one row of the table at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
  }
  return row[b.length] ?? 0;
}
