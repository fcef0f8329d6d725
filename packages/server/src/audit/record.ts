import { z } from "zod";
import { contextOf, type ActingAs, type Tx } from "../ground/database/index.ts";
import { addEffect, type EffectKind } from "../ground/outbox/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";

const AuditActor = z.object({
  kind: z.enum(["user", "agent", "system", "anonymous"]),
  id: z.string(),
  name: z.string(),
});

/** What somebody did to a user: what it was before and after. */
const UserChange = z.object({
  action: z.enum(["user_roles_changed", "organization_roles_changed", "user_status_changed"]),
  actor: AuditActor,
  user: z.object({ id: z.guid(), username: z.string() }),
  /** Where an organization's roles were changed. */
  organization_id: z.guid().optional(),
  before: z.array(z.string()),
  after: z.array(z.string()),
});
/**
 * What somebody did with effects that could not be delivered, such as earlier records: one record an act, so that records that
 * are put back while their receiver is down do not multiply.
 */
const EffectChange = z.object({
  action: z.enum(["effect_requeued", "effect_dropped"]),
  actor: AuditActor,
  effects: z.array(z.object({ id: z.guid(), kind: z.string(), key: z.string() })),
});

/** What somebody did with what opens the API or reaches a user's workspaces; its value is in no record. */
const CredentialChange = z.object({
  action: z.enum([
    "token_created",
    "token_expired",
    "token_deleted",
    "user_secret_created",
    "user_secret_changed",
    "user_secret_deleted",
    "git_ssh_key_changed",
  ]),
  actor: AuditActor,
  /** Whose it is. */
  user: z.object({ id: z.guid() }),
  credential: z.object({ id: z.string(), name: z.string() }),
  /** The fields that were given, of a secret that was changed. */
  changed: z.array(z.string()).optional(),
});

/** What somebody did that others must be able to look up. */
const AuditRecord = z.union([UserChange, EffectChange, CredentialChange]);
export type AuditRecord = z.output<typeof AuditRecord>;

export const auditEffect: EffectKind<AuditRecord> = { name: "audit", schema: AuditRecord };

/** Records, with the change itself, what whoever acts in `tx` did to a user. What changed nothing is not recorded. */
export async function recordChange(
  tx: Tx,
  pubsub: PubSub,
  change: Omit<z.output<typeof UserChange>, "actor"> & { readonly nowMs: number },
): Promise<void> {
  const { nowMs, ...record } = change;
  if (record.before.join() === record.after.join()) return;
  const payload = { ...record, actor: toAuditActor(contextOf(tx).actor) };
  await addEffect(tx, pubsub, auditEffect, { key: record.user.id, payload, nowMs });
}

/** Records, with the change itself, what whoever acts in `tx` did with somebody's secret, token or key. */
export async function recordCredentialChange(
  tx: Tx,
  pubsub: PubSub,
  change: Omit<z.output<typeof CredentialChange>, "actor"> & { readonly nowMs: number },
): Promise<void> {
  const { nowMs, ...record } = change;
  const payload = { ...record, actor: toAuditActor(contextOf(tx).actor) };
  await addEffect(tx, pubsub, auditEffect, { key: record.user.id, payload, nowMs });
}

/** Acts on effects are told in their order. */
const keyOfEffectChanges = "effects";

/** Records, with the change itself, what whoever acts in `tx` did with effects. What was done with none is not recorded. */
export async function recordEffectChange(
  tx: Tx,
  pubsub: PubSub,
  change: Omit<z.output<typeof EffectChange>, "actor"> & { readonly nowMs: number },
): Promise<void> {
  const { nowMs, ...record } = change;
  if (record.effects.length === 0) return;
  const payload = { ...record, actor: toAuditActor(contextOf(tx).actor) };
  await addEffect(tx, pubsub, auditEffect, { key: keyOfEffectChanges, payload, nowMs });
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
