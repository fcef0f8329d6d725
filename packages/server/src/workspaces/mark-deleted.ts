import type { Granted, Thing } from "../access/index.ts";
import type { Tx } from "../ground/database/index.ts";

import type { BuildAction } from "./access.ts";

/** Marks a workspace as deleted: its name is free from then on. */
export async function markDeleted(tx: Tx, { object }: Granted<BuildAction, Thing>, nowMs: number): Promise<void> {
  await tx
    .updateTable("workspaces")
    .set({ deleted: true, updated_at: new Date(nowMs) })
    .where("id", "=", object.id)
    .execute();
}
