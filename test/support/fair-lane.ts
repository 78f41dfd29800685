import { nextTag, priorityOf, type TurnClass } from "../../src/core/fair-share.ts";

export type Waiting = { client: string; priority: number; tag: number; seq: number };

/** A lane by the rules of core/fair-share.ts alone. */
export function aFairLane() {
  let [now, seq] = [0, 0];
  const last = new Map<string, number>();
  const line: Waiting[] = [];
  return {
    line,
    add: (client: string, turn: TurnClass = "login") => {
      const tag = nextTag({ now, last: last.get(client) ?? -1, waiting: line.length });
      last.set(client, tag);
      const added = { client, tag, priority: priorityOf(tag, turn), seq: seq++ };
      line.push(added);
      return added;
    },
    start: () => {
      line.sort((a, b) => a.priority - b.priority || a.seq - b.seq);
      const first = line.shift();
      if (first) now = Math.max(now, first.tag);
      return first;
    },
  };
}
