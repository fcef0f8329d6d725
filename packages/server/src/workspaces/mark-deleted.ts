import type { Tx } from "../ground/database/index.ts";

/** Marks a workspace as deleted: its name is free from then on. */
export async function markDeleted(tx: Tx, workspaceId: string, nowMs: number): Promise<void> {
  await tx
    .updateTable("workspaces")
    .set({ deleted: true, updated_at: new Date(nowMs) })
    .where("id", "=", workspaceId)
    .execute();
}
