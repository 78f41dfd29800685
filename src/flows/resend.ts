import { advance } from "../core/advance.ts";
import type { Content } from "../core/message.ts";
import { type Resend, resend } from "../core/resend.ts";
import { type CommitDeps, commit } from "./commit.ts";
import { moveContext } from "./move-context.ts";
import type { FlowDeps, Stored } from "./ports.ts";

type ResendDeps = CommitDeps & Pick<FlowDeps, "random" | "states">;

export type Resent = Resend["kind"] | "content_gone";

/**
 * Sends the code once more because its recipient asked: next route now, inside the caps, same code.
 * @param content given again by a reload; without it a delivery that has ended has nothing left to send
 */
export async function sendAgain(
  deps: ResendDeps,
  stored: Stored,
  by: "reload" | "caller",
  content?: Content,
): Promise<Resent> {
  const context = moveContext(deps, stored.delivery);
  let last: Resend | { kind: "content_gone" } = { kind: "over" };
  await commit(
    deps,
    stored,
    (d, reached) => {
      const wish = resend(d, { ...context, reached });
      const isGone = wish.kind === "attempt" && d.state === "delivered" && !content;
      last = isGone ? { kind: "content_gone" } : wish;
      if (isGone || wish.kind !== "attempt") return d;
      return advance(d, { kind: "planned", next: wish.next, at: context.now });
    },
    { reseal: content },
  );
  const { kind } = last as Resend | { kind: "content_gone" };
  deps.events.record({
    kind: "resend.asked",
    deliveryId: stored.delivery.id,
    by,
    planned: kind === "attempt",
  });
  return kind;
}
