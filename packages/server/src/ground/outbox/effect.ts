import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { afterCommit, type Tx } from "../database/index.ts";
import type { PubSub } from "../pubsub/index.ts";

/** An effect as its receiver gets it. */
export interface Effect<Payload> {
  /** The same however often it is delivered. */
  readonly id: string;
  readonly key: string;
  readonly payload: Payload;
  /** When what caused it was done. */
  readonly createdAtMs: number;
  /** Nobody took it before, nor before it was set aside and put back. */
  readonly isFirst: boolean;
}

/** A kind of effect: what it says. Its name stays when the code changes: rows of earlier versions have it. */
export interface EffectKind<Payload> {
  readonly name: string;
  readonly schema: z.ZodType<Payload>;
}

/** Carries an effect out. Must bear being called again for the same one. @throws any error to be called again later */
export type Deliver<Payload> = (effect: Effect<Payload>, signal: AbortSignal) => Promise<void>;

/** A kind with what carries it out, as the loop takes it. */
export interface EffectHandler {
  readonly name: string;
  deliver(effect: Effect<unknown>, signal: AbortSignal): Promise<void>;
}

/** Joins a kind and what carries it out. What was written is read by the kind's schema; what does not fit is set aside at once. */
export function handleEffect<Payload>(kind: EffectKind<Payload>, deliver: Deliver<Payload>): EffectHandler {
  return {
    name: kind.name,
    async deliver(effect, signal) {
      const parsed = kind.schema.safeParse(effect.payload);
      if (!parsed.success) throw new UnreadableEffect(`its payload is not a ${kind.name}: ${parsed.error.message}`);
      await deliver({ ...effect, payload: parsed.data }, signal);
    },
  };
}

/** No further try will read it. */
export class UnreadableEffect extends Error {
  override readonly name = "UnreadableEffect";
}

/**
 * Writes down, in the transaction of what causes it, an effect that must follow its commit. It is delivered at least once
 * when the transaction commits, and never when it does not; those with the same key one after the other, in the order in
 * which they were written.
 *
 * @throws z.ZodError when the payload is not what the kind says
 */
export async function addEffect<Payload>(
  tx: Tx,
  pubsub: PubSub,
  kind: EffectKind<Payload>,
  effect: { readonly key: string; readonly payload: Payload; readonly nowMs: number },
): Promise<void> {
  const now = new Date(effect.nowMs);
  await tx
    .insertInto("outbox")
    .values({
      id: randomUUID(),
      kind: kind.name,
      key: effect.key,
      payload: JSON.stringify(kind.schema.parse(effect.payload)),
      created_at: now,
      due_at: now,
    })
    .execute();
  afterCommit(tx, () => pubsub.publish("outbox", kind.name, {}));
}
