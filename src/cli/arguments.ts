import { InvalidArgumentError } from "commander";

/** Parsers of option values; commander adds which option it was. */

export function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const parsed = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (parsed >= min && parsed <= max) return parsed;
    throw new InvalidArgumentError(`Use a whole number from ${min} to ${max}.`);
  };
}

export const portNumber = wholeNumber(0, 65_535);
