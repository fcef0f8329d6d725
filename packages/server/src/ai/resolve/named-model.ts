import type { Context } from "../../access/index.ts";
import type { Db } from "../../ground/database/index.ts";
import { findOverride } from "../overrides/find-override.ts";
import { findTurnModel } from "./usable-models.ts";

export interface NamedModel {
  readonly organizationId: string;
  readonly ownerId: string;
  readonly modelConfigId?: string | undefined;
}

/**
 * The model that is named, if its owner, whose context `ctx` is, may use it. Where none is named, what the owner has chosen for
 * new chats, or the organization's default. Undefined where there is none. @see spec "AI chat" §16.5
 */
export async function findUsableModel(
  ctx: Context,
  db: Db,
  { organizationId, ownerId, modelConfigId }: NamedModel,
): Promise<{ readonly id: string } | undefined> {
  if (modelConfigId !== undefined) {
    const found = await findTurnModel(ctx, db, { organizationId, ownerId, modelConfigIds: [modelConfigId] });
    // Another in its place is not what was asked for.
    return found?.id === modelConfigId ? found : undefined;
  }
  const chosen = await findOverride(db, { organizationId, ownerId, context: "root" });
  const modelConfigIds = chosen === undefined ? [] : [chosen.modelConfigId];
  return await findTurnModel(ctx, db, { organizationId, ownerId, modelConfigIds });
}
