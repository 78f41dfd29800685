import type { Plan } from "./drill.ts";
import type { Stage } from "./stage.ts";

/** The phases that have begun, and what begins those that are due. @param startAt epoch ms of the schedule's zero */
export function createPhases(stage: Pick<Stage, "script">, plan: Pick<Plan, "phases">, startAt: number) {
  const phases: { name: string; at: number }[] = [];
  const waiting = [...plan.phases];
  const startDue = async () => {
    const [next] = waiting;
    if (!next || Date.now() < startAt + next.atMs) return;
    waiting.shift();
    await stage.script(next);
    phases.push({ name: next.name, at: Date.now() });
  };
  return { phases, startDue };
}
