import { randomBytes } from "node:crypto";
import { parseJson } from "../../providers/said.ts";
import { type LiveDeps, LiveFault, type Measured } from "./session.ts";
import { shapeOf, typesOf } from "./shape.ts";
import type { Heard } from "./wire.ts";

/** What an account tells without a message. @throws LiveFault when it does not take the key */
export async function freeSteps(deps: LiveDeps): Promise<Pick<Measured, "badKey" | "signing">> {
  const right = await deps.wire.balance({});
  if (!isBalance(right)) {
    throw new LiveFault(
      `seven does not take the key (${right ? "refused" : "no answer"}): see otpost doctor`,
    );
  }
  return { badKey: await badKeyOf(deps), signing: await signingOf(deps) };
}

async function badKeyOf({ wire, say }: LiveDeps): Promise<Measured["badKey"]> {
  const said = await wire.balance({ key: randomBytes(16).toString("hex") });
  const shape = said && !isBalance(said) ? (shapeOf(said.body) ?? null) : null;
  say(`A wrong key is refused as: ${shape ?? "something else than a code"}.`);
  return shape;
}

async function signingOf({ wire, canSign, say }: LiveDeps): Promise<Measured["signing"]> {
  if (!canSign) return { kind: "untested" };
  const taken = isBalance(await wire.balance({ signature: "right" }));
  const wrong = await wire.balance({ signature: "wrong" });
  const wrongIsRefused = wrong !== undefined && !isBalance(wrong);
  const words = (isTaken: boolean) => (isTaken ? "taken" : "refused");
  say(`A signed call is ${words(taken)}, one with a wrong signature ${words(!wrongIsRefused)}.`);
  return { kind: "tested", taken, wrongIsRefused };
}

function isBalance(heard: Heard | undefined): boolean {
  return heard?.status === 200 && "amount" in typesOf(parseJson(heard.body));
}
