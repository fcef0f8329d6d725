import { decideDeadline } from "../../machine/index.ts";
import type { ChatWork, WorkDeps } from "../chat-work.ts";

/** Waits for the client's results until they are due; then the model goes on without. @see spec/chat.md §5.7 */
export async function waitForResults({ clock }: WorkDeps, work: ChatWork): Promise<void> {
  const dueMs = work.record.requires_action_deadline_at?.getTime() ?? clock.now();
  const waitMs = dueMs - clock.now();
  if (waitMs > 0) await clock.sleep(waitMs, { signal: work.ctx.signal, tag: "chat-deadline" });
  await work.transition(decideDeadline);
}
