export type Budget = {
  /** Whether one more message would stay within the cap. */
  allows: () => boolean;
  /** One message was taken. @param micros what it cost, where that was told; else what was expected counts */
  spend: (micros: number | undefined) => void;
  /** What the next message is expected to cost. */
  nextMicros: number;
  spentMicros: () => number;
  capMicros: number;
};

/** EUR micros. Asked before each step that may cost; what happens in doubt counts as spent. */
export function createBudget(capMicros: number, expectedMicros: number): Budget {
  let spent = 0;
  return {
    allows: () => spent + expectedMicros <= capMicros,
    spend: (micros) => {
      spent += micros ?? expectedMicros;
    },
    nextMicros: expectedMicros,
    spentMicros: () => spent,
    capMicros,
  };
}

export function euros(micros: number): string {
  return `${(micros / 1_000_000).toFixed(3)} EUR`;
}
