/**
 * What the store says, or what is known already when that takes longer than `ms`: a Redis that hangs gives up
 * only after a second, and a caller must have an answer before.
 */
export async function orKnown<T>(answer: Promise<T>, known: T, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(known), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
