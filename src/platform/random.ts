import { v7 } from "uuid";

/** `fraction` feeds jitter only; ids and keys come from the system's secure source. */
export const systemRandom = {
  fraction: (): number => Math.random(),
  id: (): string => v7(),
};
