import type { Clock } from "@hearth/base";
import type { Context, Granted } from "../access/index.ts";
import { transaction, type Db, type Tx } from "../ground/database/index.ts";
import { dropSetAside, requeueSetAside, type SetAsideRow } from "../ground/outbox/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { recordEffectChange } from "./record.ts";

export interface SetAsideDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly pubsub: PubSub;
}

type MayChange = Granted<"deployment_config:update">;

/** Has effects delivered again that were set aside, with one record of it. Resolves with those that were. */
export async function requeueEffects(
  ctx: Context,
  deps: SetAsideDeps,
  _granted: MayChange,
  ids: readonly string[],
): Promise<SetAsideRow[]> {
  const { pubsub, clock } = deps;
  return await changeAll(ctx, deps, "effect_requeued", (tx) =>
    requeueSetAside(tx, pubsub, { ids, nowMs: clock.now() }),
  );
}

/** Forgets effects that were set aside, with one record of it. Resolves with those that were. */
export async function dropEffects(
  ctx: Context,
  deps: SetAsideDeps,
  _granted: MayChange,
  ids: readonly string[],
): Promise<SetAsideRow[]> {
  return await changeAll(ctx, deps, "effect_dropped", (tx) => dropSetAside(tx, ids));
}

async function changeAll(
  ctx: Context,
  { db, clock, pubsub }: SetAsideDeps,
  action: "effect_requeued" | "effect_dropped",
  change: (tx: Tx) => Promise<SetAsideRow[]>,
): Promise<SetAsideRow[]> {
  return await transaction(ctx, db, { name: action, clock }, async (tx) => {
    const changed = await change(tx);
    const effects = changed.map(({ id, kind, key }) => ({ id, kind, key }));
    await recordEffectChange(tx, pubsub, { action, effects, nowMs: clock.now() });
    return changed;
  });
}
