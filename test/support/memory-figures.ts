import type { FigureNote } from "../../src/core/figures.ts";
import type { Figures } from "../../src/flows/figures-port.ts";

export type MemoryFigures = Figures & {
  notes: FigureNote[];
  /** Of everything that was noted for the service as a whole. */
  sum: (name: string) => number;
};

/** Keeps every note. */
export function createMemoryFigures(): MemoryFigures {
  const notes: FigureNote[] = [];
  return {
    notes,
    observe: (more) => void notes.push(...more),
    sum: (name) =>
      notes
        .filter(({ all }) => all)
        .flatMap(({ sums }) => sums)
        .reduce((sum, [of, by]) => sum + (of === name ? by : 0), 0),
  };
}
