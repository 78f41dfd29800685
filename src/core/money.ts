/** A sum of micros (a millionth of the currency's unit) as decimal text, with two places at least. */
export function decimal(micros: number): string {
  // Micros are whole, so six places hold them exactly.
  return (micros / 1_000_000).toFixed(6).replace(/0{1,4}$/, "");
}
