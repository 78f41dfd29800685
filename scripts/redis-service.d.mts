export function withoutServiceStart<T>(
  install: () => Promise<T>,
  policy?: string,
  saved?: string,
): Promise<T>;
