import { z } from "zod";
import { contextOf, type ActingAs, type Tx } from "../ground/database/index.ts";
import { addEffect, type EffectKind } from "../ground/outbox/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";

/** What somebody did that others must be able to look up: who, what, to whom, and what it was before and after. */
const AuditRecord = z.object({
  action: z.enum(["user_roles_changed", "organization_roles_changed", "user_status_changed"]),
  actor: z.object({ kind: z.enum(["user", "agent", "system", "anonymous"]), id: z.string(), name: z.string() }),
  user: z.object({ id: z.guid(), username: z.string() }),
  /** Where an organization's roles were changed. */
  organization_id: z.guid().optional(),
  before: z.array(z.string()),
  after: z.array(z.string()),
});
export type AuditRecord = z.output<typeof AuditRecord>;

export const auditEffect: EffectKind<AuditRecord> = { name: "audit", schema: AuditRecord };

/** Records, with the change itself, what whoever acts in `tx` did to a user. What changed nothing is not recorded. */
export async function recordChange(
  tx: Tx,
  pubsub: PubSub,
  change: Omit<AuditRecord, "actor"> & { readonly nowMs: number },
): Promise<void> {
  const { nowMs, ...record } = change;
  if (record.before.join() === record.after.join()) return;
  const payload = { ...record, actor: toAuditActor(contextOf(tx).actor) };
  await addEffect(tx, pubsub, auditEffect, { key: record.user.id, payload, nowMs });
}

function toAuditActor(actor: ActingAs): AuditRecord["actor"] {
  switch (actor.kind) {
    case "user":
      return { kind: "user", id: actor.userId, name: actor.username };
    case "agent":
      return { kind: "agent", id: actor.agentId, name: "" };
    case "system":
      return { kind: "system", id: "", name: actor.name };
    case "anonymous":
      return { kind: "anonymous", id: "", name: "" };
  }
}
