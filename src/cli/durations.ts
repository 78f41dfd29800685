import { InvalidArgumentError } from "commander";

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parser of `30m`, `12h`, `90d`. @param maxMs longest that is taken */
export function lasting(maxMs: number): (value: string) => number {
  return (value) => {
    const match = /^([1-9]\d{0,4})([mhd])$/.exec(value);
    const ms = match ? Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS] : Number.NaN;
    if (ms <= maxMs) return ms;
    throw new InvalidArgumentError(
      `Use minutes, hours or days such as 30m, 12h or 90d; ${maxMs / UNIT_MS.d}d at most.`,
    );
  };
}
