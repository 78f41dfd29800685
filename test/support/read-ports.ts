import type { FigureReader } from "../../src/flows/figures-port.ts";
import type { FindDesk } from "../../src/http/operator-find.ts";

const unasked = async () => {
  throw new Error("not asked for here");
};

/** For listeners of which nothing is read. */
export const NO_READS: { find: Omit<FindDesk, "clock">; figures: FigureReader } = {
  find: { find: unasked, load: unasked },
  figures: {
    overview: unasked,
    series: unasked,
    clientDay: unasked,
    clientSeries: unasked,
    routeSeries: unasked,
    routes: unasked,
    shares: unasked,
  },
};
