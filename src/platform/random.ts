import { randomBytes } from "node:crypto";
import { v7 } from "uuid";

const ID_BYTES = 16;
/** Random bytes are drawn for many ids at a time, for a draw costs more than the rest of an id. */
const IDS_DRAWN = 256;

let drawn = new Uint8Array(0);
let taken = 0;

/** `fraction` feeds jitter only; ids and keys come from the system's secure source. */
export const systemRandom = {
  fraction: (): number => Math.random(),
  id: (): string => v7({ random: idBytes() }),
};

function idBytes(): Uint8Array {
  if (taken === drawn.length) {
    drawn = randomBytes(ID_BYTES * IDS_DRAWN);
    taken = 0;
  }
  taken += ID_BYTES;
  return drawn.subarray(taken - ID_BYTES, taken);
}
